"""`{% load studies %}`: words about a study in lists and on its page."""

from django.template import Library

from training.studies import sheets

register = Library()
register.filter("study_title", sheets.title)
register.filter("tier_label", sheets.tier_label)
