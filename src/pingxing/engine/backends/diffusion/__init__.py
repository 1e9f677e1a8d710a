"""Open checkpoints: any folder that `save_pretrained` of a diffusers pipeline wrote, served to many at once."""
