import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0005_closed_accounts"), ("filtering", "0004_private")]

    operations = [
        migrations.AddField(
            model_name="rule",
            name="minutes",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="of a rule that warns: how long a reason is good for; 0: no warning",
            ),
        ),
        migrations.AddField(
            model_name="rule",
            name="known_only",
            field=models.BooleanField(
                default=True, help_text="of a rule that warns: nobody unknown may go on"
            ),
        ),
        migrations.CreateModel(
            name="Reason",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("receipt", models.CharField(max_length=40, unique=True)),
                ("person_label", models.CharField(max_length=200)),
                ("site", models.CharField(blank=True, max_length=100)),
                ("name", models.CharField(max_length=255)),
                ("words", models.CharField(max_length=200)),
                ("rule", models.CharField(max_length=60)),
                ("clause_version", models.CharField(max_length=30)),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="people.person",
                    ),
                ),
            ],
            options={"ordering": ["-at"]},
        ),
    ]
