from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("filtering", "0005_reasons")]

    operations = [
        migrations.AddField(
            model_name="rule",
            name="keeps_paths",
            field=models.BooleanField(
                default=False,
                help_text="of a rule that looks inside: the record keeps which page it was",
            ),
        ),
    ]
