"""What a plugin author programs against: records, roles, declarations, hook specifications."""
