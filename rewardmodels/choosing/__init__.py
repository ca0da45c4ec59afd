"""Which open tasks of a project are asked first: by what a reward model does not know, and a share by chance."""
