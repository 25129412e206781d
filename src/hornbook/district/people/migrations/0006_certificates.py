from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_closed_accounts"),
    ]

    operations = [
        migrations.AddField(
            model_name="token",
            name="kind",
            field=models.CharField(
                choices=[("token", "Token"), ("certificate", "Certificate")],
                default="token",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=Q(("kind", "token"))
                | Q(("ends_at__isnull", False), ("person__isnull", True)),
                name="certificate_is_of_a_device_or_site_and_ends",
            ),
        ),
    ]
