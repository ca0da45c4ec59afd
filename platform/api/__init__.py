"""What every API view stands on."""
