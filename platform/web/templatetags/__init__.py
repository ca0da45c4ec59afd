"""Tags and filters of the shell: `{% load components prose %}`."""
