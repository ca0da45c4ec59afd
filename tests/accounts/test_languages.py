"""A person's language: chosen once, spoken by pages and mail; programs are answered in English unless they ask."""

import pytest
from django.core import mail
from django.utils import translation

from accounts import invitations, languages
from accounts.roles import Role
from api.refusals import Invalid

pytestmark = pytest.mark.django_db
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}


def lang(answer) -> str:
    return answer.content.decode().split('<html lang="')[1].split('"')[0]


def test_before_signing_in_the_browser_is_asked(client):
    assert lang(client.get("/accounts/login/")) == "en"
    assert lang(client.get("/accounts/login/", headers=CHINESE)) == "zh-hans"
    assert lang(client.get("/accounts/login/", headers={"Accept-Language": "fr, *;q=0.1"})) == "en"


def test_before_signing_in_a_choice_holds_in_this_browser_and_leads_back(client):
    answer = client.post("/accounts/language/", {"language": "zh-hans", "next": "/accounts/login/?next=/w/home/"})
    assert answer["Location"] == "/accounts/login/?next=/w/home/"
    assert lang(client.get("/accounts/login/")) == "zh-hans"


@pytest.mark.parametrize(("language", "back"), [("tlh", "/"), ("zh-hans", "https://elsewhere.example/")])
def test_a_choice_knows_only_languages_and_places_of_its_own(client, language, back):
    answer = client.post("/accounts/language/", {"language": language, "next": back})
    assert answer["Location"] in {"/", "/accounts/login/"}
    assert ("django_language" in answer.cookies) == (language == "zh-hans")


def test_a_persons_choice_goes_before_cookie_and_browser(annotator):
    annotator.browser.post("/accounts/language/", {"language": "en"})
    saved = annotator.browser.post("/accounts/", {"name": "Ada", "language": "zh-hans"}, follow=True)
    assert lang(saved) == "zh-hans"
    assert "已保存" in saved.content.decode()
    assert lang(annotator.browser.get("/w/home/", headers={"Accept-Language": "en"})) == "zh-hans"
    annotator.browser.post("/accounts/", {"name": "Ada", "language": ""})
    assert lang(annotator.browser.get("/w/home/")) == "en"


def test_a_language_that_is_no_longer_spoken_leaves_it_to_the_browser(annotator):
    annotator.person.language = "tlh"
    annotator.person.save()
    assert lang(annotator.browser.get("/w/home/")) == "en"
    assert lang(annotator.browser.get("/w/home/", headers=CHINESE)) == "zh-hans"


def test_an_unknown_language_is_refused_at_its_field(annotator):
    with pytest.raises(Invalid, match="languages") as refused:
        languages.choose(person=annotator.person, language="tlh")
    assert refused.value.errors[0][0] == "language"
    assert "language" in annotator.browser.post("/accounts/", {"language": "tlh"}).context["form"].errors
    assert annotator.api.patch("/api/v1/me/", {"language": "tlh"}, format="json").status_code == 422


def test_programs_read_english_whatever_the_person_chose_unless_they_ask(annotator):
    answer = annotator.api.patch("/api/v1/me/", {"language": "zh-hans"}, format="json")
    assert answer.json()["language"] == "zh-hans"
    refused = annotator.api.get("/api/v1/members/")
    asked = annotator.api.get("/api/v1/members/", headers=CHINESE)
    assert refused.json()["type"] == asked.json()["type"]
    assert refused.json()["detail"].isascii()
    assert not asked.json()["detail"].isascii()


def test_mail_speaks_the_language_of_its_reader(admin, stranger, settings, django_capture_on_commit_callbacks):
    settings.HAS_MAIL = True
    languages.choose(person=stranger.person, language="zh-hans")
    with django_capture_on_commit_callbacks(execute=True):
        invitations.invite(scope=admin.scope, email=stranger.person.email, role=Role.REVIEWER)
        invitations.invite(scope=admin.scope, email="new@lab.example", role=Role.REVIEWER)
    theirs, english = mail.outbox
    assert "邀请" in theirs.subject
    assert english.subject.startswith("You are invited")
    assert translation.get_language() == "en"


def test_a_mail_to_set_a_new_password_speaks_the_language_of_its_reader(client, annotator, settings):
    settings.HAS_MAIL = True
    languages.choose(person=annotator.person, language="zh-hans")
    client.post("/accounts/password/reset/", {"email": annotator.person.email}, headers={"Accept-Language": "en"})
    assert "密码" in mail.outbox[0].subject + mail.outbox[0].body
