"""`{% load imports %}`: what came of an import, in a list of many."""

from django.template import Library

from annotation.imports import outcomes

register = Library()
register.filter("lines_refused", outcomes.refused)
