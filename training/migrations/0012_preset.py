from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0011_one_shot")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="preset",
            field=models.CharField(blank=True, max_length=40),
        ),
    ]
