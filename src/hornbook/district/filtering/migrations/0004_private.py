from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("filtering", "0003_orders")]

    operations = [
        migrations.AlterField(
            model_name="category",
            name="kind",
            field=models.CharField(
                choices=[
                    ("topic", "Topic"),
                    ("allow", "Always allowed here"),
                    ("protected", "Protected set"),
                    ("private", "Never looked into"),
                    ("rewrite", "Hosts answered otherwise"),
                ],
                default="topic",
                max_length=10,
            ),
        ),
    ]
