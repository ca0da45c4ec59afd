"""What the runs of a campaign are held to: set beforehand, said at its field, kept by each run as it began."""

import pytest
from django.utils.timezone import now

from api.refusals import Invalid
from jobs.models import Job
from rewardmodels import registry
from tests.rewardmodels.conftest import backbone
from tests.training.rounds.test_campaigns import ASKED, campaign, made, small
from training.models import Campaign, Run
from training.rounds import automation, bounds, campaigns, chain, rules, standing
from training.rounds.campaigns import Wish
from training.searches import asking as searches
from training.thresholds import asking as thresholds

__all__ = ["backbone", "campaign", "small"]


def at_least(threshold):
    return [{"role": "at_least", "threshold": threshold}]


def hold(member, campaign, *components, **more):
    return bounds.change(scope=member.scope, campaign=campaign, wished={"components": list(components), **more})


@pytest.fixture
def depth(reward):
    """An approved reward model beside the campaign's own."""
    return reward("Depth")


@pytest.fixture
def searched(workspace, depth):
    """A search for thresholds that is done."""
    component = {"title": depth.name, "unit": depth.unit_alone, "model": str(depth.pk), "threshold": 1.25}
    return Job.objects.create(
        workspace=workspace, kind=thresholds.KIND, queue="cpu", state="succeeded", attempt=1,
        result={"components": [component]}, started_at=now(), seen_at=now(), finished_at=now(),
    )  # fmt: skip


@pytest.fixture
def learned(campaign, reward):
    """A round whose reward model is learned and approved."""
    model = reward("Kinder, round 1")
    for name in ("samples", "tasks", "snapshot"):
        made(campaign, name, campaign.pk)
    made(campaign, "reward_model", model.pk)
    made(campaign, "approval", model.pk)
    return model


def held(campaign):
    return [str(one) for one in standing.of(campaign)[0].held]


def test_a_run_raises_what_was_learned_and_is_held_to_the_bounds(researcher, campaign, learned, depth):
    hold(researcher, campaign, {"reward_model": "campaign", "bounds": [{"role": "at_most", "threshold": 9.0}]},
         {"reward_model": str(depth.pk), "bounds": at_least(0.5)})  # fmt: skip
    chain.begin(scope=researcher.scope, campaign=campaign, name="run")
    own, other = Run.objects.get().components.prefetch_related("bounds")
    assert (own.reward_model, own.weight, own.bounds.get().role) == (learned, 1.0, "at_most")
    assert (other.reward_model, other.weight, other.bounds.get().threshold) == (depth, None, 0.5)
    unit = depth.unit_alone
    assert held(campaign) == [
        "KL at most 5 nats", f"Kinder, round 1 at most 9 {unit}", f"Depth at least 0.5 {unit}",
    ]  # fmt: skip


def test_a_run_that_has_begun_keeps_its_bounds_when_they_change(researcher, campaign, learned, depth):
    hold(researcher, campaign, {"reward_model": str(depth.pk), "bounds": at_least(0.5)})
    chain.begin(scope=researcher.scope, campaign=campaign, name="run")
    before = held(campaign)
    hold(researcher, campaign)
    assert held(campaign) == before and len(before) == 2
    assert not bounds.of(campaign).components


def test_a_run_that_a_rule_begins_is_held_to_the_same(researcher, campaign, learned, depth):
    hold(researcher, campaign, {"reward_model": str(depth.pk), "bounds": at_least(0.5)})
    rules.change(scope=researcher.scope, campaign=campaign, wished={"run": True})
    assert automation.go_on() == 1
    assert held(campaign)[1] == f"Depth at least 0.5 {depth.unit_alone}"


def test_a_rule_stops_with_the_sentence_where_a_held_model_may_take_part_no_more(researcher, campaign, learned, depth):
    hold(researcher, campaign, {"reward_model": str(depth.pk), "bounds": at_least(0.5)})
    rules.change(scope=researcher.scope, campaign=campaign, wished={"run": True})
    registry.change_standing(scope=researcher.scope, model=depth, standing="retired", reason="It is old.")
    assert automation.go_on() == 0
    campaign.refresh_from_db()
    assert "“Depth” is retired; choose another one." in campaign.halted and not Run.objects.exists()


@pytest.mark.parametrize("kind", [thresholds.KIND, searches.KIND])
def test_thresholds_that_were_found_are_taken_where_nothing_else_is_asked(researcher, campaign, depth, searched, kind):
    Job.objects.filter(pk=searched.pk).update(kind=kind)
    found = hold(researcher, campaign, thresholds_from=str(searched.pk))
    (one,) = found.components
    assert (one.reward_model, one.bounds[0].role, one.bounds[0].threshold) == (str(depth.pk), "equal", 1.25)
    home = f"/w/{researcher.scope.workspace.slug}/campaigns/{campaign.pk}/"
    way = "" if kind == thresholds.KIND else "search/"
    for address in (home, f"{home}bounds/"):
        assert f"runs/thresholds/{way}{searched.pk}/" in researcher.browser.get(address).content.decode()
    again = hold(
        researcher, campaign, {"reward_model": str(depth.pk), "bounds": at_least(0.5)}, thresholds_from=str(searched.pk)
    )
    assert [(bound.role, bound.threshold) for one in again.components for bound in one.bounds] == [("at_least", 0.5)]
    assert bounds.of(campaign) == again


@pytest.mark.parametrize(
    ("own", "other", "field", "said"),
    [
        ([{"role": "at_least", "threshold": 2.0}, {"role": "at_most", "threshold": 1.0}], at_least(0.5),
         "bounds.components.0.bounds", "These bounds contradict"),
        (at_least(0.0), [], "bounds.components.1.weight", "neither a weight nor a bound"),
        (at_least(0.0), [*at_least(0.0), *at_least(1.0)], "bounds.components.1.bounds", "each role of bound once"),
    ],
)  # fmt: skip
def test_bounds_that_make_no_sense_are_refused_as_a_run_refuses_them(
    researcher, campaign, depth, own, other, field, said
):
    with pytest.raises(Invalid) as refused:
        hold(researcher, campaign, {"reward_model": "campaign", "bounds": own},
             {"reward_model": str(depth.pk), "bounds": other})  # fmt: skip
    ((path, message),) = refused.value.errors
    assert path == field and said in message
    campaign.refresh_from_db()
    assert campaign.bounds == {"components": [], "thresholds_from": ""}


def test_who_may_not_take_part_is_named_at_its_place(researcher, campaign, depth, reward, searched):
    one = {"reward_model": str(depth.pk), "bounds": at_least(0.5)}
    candidate = {"reward_model": str(reward("New", standing="candidate").pk), "bounds": at_least(0.5)}
    for wished, field, said in (
        ({"components": [one, candidate]}, "bounds.components.1.reward_model", "only a candidate"),
        ({"components": [one, one]}, "bounds.components.1.reward_model", "is a component already"),
        ({"components": [one, {**one, "reward_model": "best"}]}, "bounds.components.1.reward_model", "Write the id"),
        ({"components": [{**one, "unit": "coins"}]}, "bounds.components.0.unit", "The unit of “Depth” is"),
        ({"thresholds_from": str(campaign.pk)}, "bounds.thresholds_from", "no such search"),
    ):
        with pytest.raises(Invalid) as refused:
            bounds.change(scope=researcher.scope, campaign=campaign, wished=wished)
        ((path, message),) = refused.value.errors
        assert path == field and said in message
    Job.objects.filter(pk=searched.pk).update(state="cancelled", result=None)
    with pytest.raises(Invalid, match="has not found any"):
        hold(researcher, campaign, thresholds_from=str(searched.pk))


def test_a_campaign_is_begun_with_bounds_or_not_at_all(researcher, policy, small, depth):
    wish = Wish("Kinder", policy, ASKED, small, {"components": [{"reward_model": "best", "bounds": at_least(1.0)}]})
    with pytest.raises(Invalid):
        campaigns.create(scope=researcher.scope, wish=wish)
    assert not Campaign.objects.exists()


def test_by_program_bounds_are_given_changed_and_told(researcher, policy, small, depth, learned, campaign):
    component = {"reward_model": str(depth.pk), "bounds": at_least(0.5)}
    body = {"name": "Held", "policy": policy, "prompts": ASKED, "settings": small}
    begun = researcher.api.post("/api/v1/campaigns/", {**body, "bounds": {"components": [component]}})
    assert begun.status_code == 201, begun.json()
    assert begun.json()["bounds"]["components"] == [{**component, "unit": ""}]
    address = f"/api/v1/campaigns/{campaign.pk}/"
    answer = researcher.api.put(f"{address}bounds/", {"bounds": {"components": [component]}})
    assert answer.status_code == 200 and answer.json()["rounds"][0]["held"] == []
    again = researcher.api.put(f"{address}bounds/", {"bounds": answer.json()["bounds"]})
    assert again.status_code == 200 and again.json()["bounds"] == answer.json()["bounds"]
    wrong = {"components": [{"reward_model": str(depth.pk), "bounds": [{"role": "about", "threshold": 1}]}]}
    assert researcher.api.put(f"{address}bounds/", {"bounds": wrong}).status_code == 400
    assert researcher.api.post(f"{address}steps/", {"step": "run"}).status_code == 200
    first, second = researcher.api.get(address).json()["rounds"][0]["held"]
    assert (first["role"], first["threshold"], first["reward_model"]) == ("at_most", 5.0, None)
    assert (second["name"], second["threshold"], second["reward_model"]) == ("Depth", 0.5, str(depth.pk))


def test_the_page_sets_them_and_says_what_is_wrong_at_its_field(researcher, campaign, learned, depth, searched):
    home = f"/w/{researcher.scope.workspace.slug}/campaigns/{campaign.pk}/"
    page = researcher.browser.get(f"{home}bounds/").content.decode()
    assert "Depth" in page and "1.25" in page
    wrong = {f"held-{depth.pk}-at_least": "2", f"held-{depth.pk}-at_most": "1"}
    answer = researcher.browser.post(f"{home}bounds/", wrong)
    assert answer.status_code == 422 and "These bounds contradict" in answer.content.decode()
    sent = {f"held-{depth.pk}-at_least": "0.5", "held-campaign-at_most": "9"}
    assert researcher.browser.post(f"{home}bounds/", sent).status_code == 302
    page = researcher.browser.get(home).content.decode()
    assert "It would be held to this" in page and "Depth at least 0.5" in page and "KL at most 5 nats" in page
    assert 'value="0.5"' in researcher.browser.get(f"{home}bounds/").content.decode()


def test_the_form_of_a_new_one_takes_thresholds_over(researcher, policy, small, depth, searched):
    from training.rounds.settings import CampaignSettings

    address = f"/w/{researcher.scope.workspace.slug}/campaigns/new/"
    page = researcher.browser.get(f"{address}?thresholds_from={searched.pk}")
    assert page.context["sheet"].source["thresholds_from"].value() == str(searched.pk)
    wish = {"name": "Kinder", "policy": policy, "prompts": "records", "records": "\n".join(ASKED["records"])}
    wish |= {**vars(CampaignSettings(**small)), "thresholds_from": str(searched.pk)}
    refused = researcher.browser.post(address, {**wish, "held-campaign-equal": "1", "held-campaign-at_most": "2"})
    assert refused.status_code == 422 and "needs no other bound" in refused.content.decode()
    assert researcher.browser.post(address, wish).status_code == 302
    (one,) = bounds.of(Campaign.objects.get()).components
    assert one.reward_model == str(depth.pk)


def test_who_deletes_a_reward_model_is_told_of_campaigns_that_are_held_to_it(researcher, campaign, depth):
    hold(researcher, campaign, {"reward_model": str(depth.pk), "bounds": at_least(0.5)})
    page = researcher.browser.get(f"/w/{researcher.scope.workspace.slug}/deleted/reward_model/{depth.pk}/")
    assert "Kinder" in page.content.decode()


def test_what_can_be_set_is_described_for_programs(researcher):
    found = {one["name"]: one["schema"] for one in researcher.api.get("/api/v1/methods/").json()["campaigns"]}
    assert list(found) == ["settings", "rules", "bounds"]
    assert found["settings"]["properties"]["kl_target"]["default"] == 5.0
    held = found["bounds"]["properties"]["components"]["items"]["properties"]
    assert held["bounds"]["items"]["properties"]["role"]["enum"] == ["at_least", "at_most", "equal"]
