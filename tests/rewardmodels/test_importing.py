"""Somebody else's reward model: taken in with its scores unchanged, or refused with a sentence and nothing kept."""

import io
import json
import tarfile
import zipfile

import pytest
import torch
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    LlamaConfig,
    LlamaForSequenceClassification,
)

from jobs.models import Job
from lm import backbones
from lm.names import Unavailable
from rewardmodels import places
from rewardmodels.importing import archives
from rewardmodels.learning import scoring
from rewardmodels.models import RewardModel
from tests.lm.tiny import make_tokenizer
from tests.rewardmodels.asking import score

API = "/api/v1/reward-models"


def encoder(folder, labels=1):
    tokenizer = make_tokenizer(cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]")
    torch.manual_seed(4)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=64, pad_token_id=tokenizer.pad_token_id, num_labels=labels, initializer_range=0.3,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def decoder(folder):
    """One that pads with its end of sequence, as many do."""
    tokenizer = make_tokenizer(bos_token="<s>", eos_token="</s>")
    tokenizer.pad_token = "</s>"
    torch.manual_seed(5)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1,
        intermediate_size=32, max_position_embeddings=64, num_labels=1, initializer_range=0.3,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    LlamaForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def tarred(folder, mode="w:gz"):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as bundle:
        bundle.add(folder, arcname="model")
    return target.getvalue()


def zipped(folder, **more):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for path in folder.iterdir():
            packed.write(path, path.name)
        for name, content in more.items():
            packed.writestr(name, content)
    return target.getvalue()


def bring(member, finish_jobs, body, **options):
    """The model, and the job as it ended."""
    answer = member.api.post(f"{API}/import/", {"name": "Theirs", **body}, **options)
    assert answer.status_code == 202, answer.json()
    (job,) = finish_jobs()
    return RewardModel.objects.get(pk=answer.json()["id"]), job


def archive(name, content):
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize("make", [encoder, decoder])
def test_what_was_brought_in_scores_as_it_did_where_it_came_from(researcher, finish_jobs, tmp_path, make):
    folder = make(tmp_path / "theirs")
    model, job = bring(researcher, finish_jobs, {"file": archive("rm.tar.gz", tarred(folder))}, format="multipart")
    assert job.state == "succeeded", job.error
    assert (model.kind, model.unit, model.standing, model.snapshot) == ("imported", "logit", "candidate", None)
    assert model.details["tried"]["largest_difference"] < 1e-4
    reward = scoring.open_folder(places.folder_of(model.pk))
    (ours,) = reward.score([(({"role": "user", "content": "hello"},), "thank you")])
    exported = AutoModelForSequenceClassification.from_pretrained(places.folder_of(model.pk))
    ids = reward.renderer.render(({"role": "user", "content": "hello"},), "thank you").ids
    with torch.inference_mode():
        theirs = exported.eval()(input_ids=torch.tensor([ids])).logits
    assert float(theirs[0, 0]) == pytest.approx(ours.reward, abs=1e-5)


def test_it_is_a_model_like_others_asked_approved_and_exported(researcher, finish_jobs, tmp_path, scorer):
    folder = encoder(tmp_path / "theirs")
    model, _ = bring(researcher, finish_jobs, {"file": archive("rm.zip", zipped(folder))}, format="multipart")
    shown = researcher.api.get(f"{API}/{model.pk}/").json()
    assert shown["lineage"]["imported"] is True
    assert shown["lineage"]["snapshot"] is None
    assert shown["calibration"]["is_fitted"] is False
    assert score(researcher.api, model.pk, [{"prompt": "a", "response": "b"}]).status_code == 200
    approved = researcher.api.post(f"{API}/{model.pk}/standing/", {"standing": "approved", "reason": "Known good."})
    assert approved.json()["standing"] == "approved"
    assert researcher.api.get(f"{API}/{model.pk}/export/").status_code == 200
    assert researcher.api.get(f"{API}/{model.pk}/judgments/").json()["results"] == []
    page = researcher.browser.get(f"/w/home/reward-models/{model.pk}/").content.decode()
    assert "not evaluated here" in page
    assert "Theirs" in researcher.browser.get("/w/home/reward-models/", {"kind": "imported"}).content.decode()
    assert researcher.browser.get(f"/w/home/reward-models/{model.pk}/judgments/").status_code == 200


def test_it_is_calibrated_and_evaluated_on_a_snapshot_where_asked(researcher, finish_jobs, tmp_path, snapshot):
    body = {"file": archive("rm.tar", tarred(encoder(tmp_path / "theirs"), "w")), "snapshot": str(snapshot.pk)}
    model, job = bring(researcher, finish_jobs, body, format="multipart")
    assert job.state == "succeeded", job.error
    assert model.metrics["test"]["n"] == 8
    assert model.metrics["train"]["n"] == 24
    assert model.calibration["n"] == 8
    assert model.details["evaluated_on"] == {"snapshot": str(snapshot.pk), "sha256": snapshot.sha256}
    assert snapshot.sha256 in researcher.browser.get(f"/w/home/reward-models/{model.pk}/").content.decode()


def test_a_folder_that_the_operator_allows_is_taken_by_its_path(researcher, finish_jobs, tmp_path):
    folder = encoder(tmp_path / "models" / "theirs")
    body = {"source": str(folder), "template": "touchstone-plain", "max_length": 32}
    model, job = bring(researcher, finish_jobs, body)
    assert job.state == "succeeded", job.error
    assert model.details["rendering"]["template"] == "touchstone-plain"
    assert model.details["rendering"]["max_length"] == 32


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"source": "/etc"}, 422, "source"),
        ({"source": "owner/name"}, 422, "source"),
        ({}, 422, "file"),
        ({"name": "", "source": "/x"}, 400, "name"),
        ({"source": "builtin:minilm", "template": "poem"}, 400, "template"),
        ({"source": "builtin:minilm", "max_length": 3}, 400, "max_length"),
        ({"source": "builtin:minilm", "snapshot": "00000000-0000-4000-8000-000000000000"}, 422, "snapshot"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_at_its_field(researcher, body, status, field):
    answer = researcher.api.post(f"{API}/import/", {"name": "Theirs", **body})
    assert answer.status_code == status, answer.json()
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert not RewardModel.objects.exists()


def test_a_hub_that_cannot_be_reached_is_said_at_the_field(researcher, settings, monkeypatch):
    settings.ALLOW_HUB = True
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.setattr("lm.hub.constants.ENDPOINT", "http://127.0.0.1:9")
    answer = researcher.api.post(f"{API}/import/", {"name": "Theirs", "source": "owner/no-such-model"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "source"
    assert "cannot be reached" in answer.json()["detail"]


def refused(member, finish_jobs, name, content):
    """Why the job failed; nothing of the model is kept."""
    model, job = bring(member, finish_jobs, {"file": archive(name, content)}, format="multipart")
    assert job.state == "failed", job.result
    assert not model.is_trained
    assert not places.folder_of(model.pk).exists()
    assert not list(places.shards().glob("*"))
    return job.error


def test_a_pickle_is_refused_by_its_name(researcher, finish_jobs, tmp_path):
    folder = encoder(tmp_path / "theirs")
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    said = refused(researcher, finish_jobs, "rm.tar.gz", tarred(folder))
    assert "pytorch_model.bin" in said
    assert "safetensors" in said


def test_weights_without_safetensors_and_heads_with_many_labels_are_refused(researcher, finish_jobs, tmp_path):
    folder = encoder(tmp_path / "theirs")
    (folder / "model.safetensors").unlink()
    assert "no model.safetensors" in refused(researcher, finish_jobs, "rm.zip", zipped(folder))
    many = encoder(tmp_path / "many", labels=3)
    assert "3 labels" in refused(researcher, finish_jobs, "rm.zip", zipped(many))


def test_what_is_no_classifier_is_refused(researcher, finish_jobs, tmp_path):
    folder = encoder(tmp_path / "theirs")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "architectures": ["BertForMaskedLM"]}))
    assert "BertForMaskedLM" in refused(researcher, finish_jobs, "rm.zip", zipped(folder))


def test_damaged_weights_are_refused(researcher, finish_jobs, tmp_path):
    folder = encoder(tmp_path / "theirs")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:200])
    assert "could not be read" in refused(researcher, finish_jobs, "rm.zip", zipped(folder))


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("model.safetensors.index.json", "{"),
        ("model.safetensors.index.json", '{"weight_map": ["a"]}'),
        ("config.json", '{"architectures": ["BertForSequenceClassification"], "num_labels": 1, "model_type": "bert",'
                        ' "hidden_size": "wide"}'),
        ("tokenizer.json", "[]"),
    ],
    ids=["half an index", "another index", "a width in words", "no tokenizer"],
)  # fmt: skip
def test_descriptions_that_make_no_sense_are_refused_with_a_sentence(tmp_path, file, text):
    folder = encoder(tmp_path / "theirs")
    (folder / file).write_text(text)
    with pytest.raises(Unavailable, match=r"cannot be read|could not be read"):
        backbones.open_folder(folder, "theirs")


def test_two_ways_of_reading_the_same_weights_do_not_mix_in_one_process(researcher, finish_jobs, tmp_path):
    folder = encoder(tmp_path / "theirs")
    own, _ = bring(researcher, finish_jobs, {"file": archive("rm.zip", zipped(folder))}, format="multipart")
    body = {"file": archive("rm.zip", zipped(folder)), "template": "touchstone-plain"}
    plain, _ = bring(researcher, finish_jobs, body, format="multipart")
    first = scoring.open_folder(places.folder_of(own.pk))
    known = {backbone.fingerprint: backbone for backbone in first.backbones()}
    asked = [(({"role": "user", "content": "hello"},), "thank you")]
    (alone,) = scoring.open_folder(places.folder_of(plain.pk)).score(asked)
    (beside,) = scoring.open_folder(places.folder_of(plain.pk), known.get).score(asked)
    assert beside.reward == pytest.approx(alone.reward, abs=1e-6)


def test_an_attempt_after_the_model_was_kept_ends_as_that_one_would_have(researcher, finish_jobs, tmp_path):
    body = {"file": archive("rm.zip", zipped(encoder(tmp_path / "theirs")))}
    model, job = bring(researcher, finish_jobs, body, format="multipart")
    Job.objects.filter(pk=job.pk).update(state="queued", result=None, finished_at=None)
    (again,) = finish_jobs()
    assert again.state == "succeeded", again.error
    assert again.result == job.result
    assert RewardModel.objects.get(pk=model.pk).sha256 == model.sha256


def linked():
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as bundle:
        link = tarfile.TarInfo("model/config.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        bundle.addfile(link)
    return target.getvalue()


def named(name):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr(name, "{}")
    return target.getvalue()


def torn():
    whole = bytearray(tar_of(("config.json", " ".join(map(str, range(60_000))).encode())))
    half = len(whole) // 2
    whole[half : half + 2_000] = b"\xff" * 2_000
    return bytes(whole)


def tar_of(*files):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as bundle:
        for name, content in files:
            about = tarfile.TarInfo(name)
            about.size = len(content)
            bundle.addfile(about, io.BytesIO(content))
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: b"no archive at all", "neither a tar nor a zip"),
        (lambda: named("../../escape.json"), "leads out of its folder"),
        (lambda: named("/etc/cron.d/x.json"), "leads out of its folder"),
        (lambda: named("modeling.py"), "can run code"),
        (lambda: named("readme.md"), "no config.json"),
        (linked, "a link or a device"),
        (torn, "is broken"),
        (lambda: tar_of(("a.json", b"{}"), ("a.json/b.json", b"{}")), "is broken"),
        (lambda: tar_of(("x" * 300 + ".json", b"{}")), "is broken"),
        (lambda: tar_of(("../\udcff.json", b"{}")), "leads out of its folder"),
        (lambda: tar_of(("notes.csv", b" " * 1_000_001), ("config.json", b"{}")), "unfolds to more"),
    ],
    ids=[
        "garbage",
        "traversal",
        "absolute",
        "code",
        "no config",
        "link",
        "torn",
        "clash",
        "long name",
        "no alphabet",
        "passed over",
    ],
)
def test_an_archive_that_is_up_to_something_is_refused(tmp_path, content, said):
    path = tmp_path / "archive"
    path.write_bytes(content())
    with pytest.raises(archives.Unsafe, match=said) as refusal:
        archives.unpack(path, tmp_path / "out", most_bytes=1_000_000)
    assert str(refusal.value).encode()  # what no encoding can carry, no database keeps
    assert not (tmp_path / "escape.json").exists()


def test_a_bomb_is_stopped_by_what_comes_out_of_it_not_by_what_it_says(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("config.json", b" " * 5_000_000)
    assert path.stat().st_size < 20_000
    with pytest.raises(archives.Unsafe, match="unfolds to more"):
        archives.unpack(path, tmp_path / "out", most_bytes=1_000_000)
    assert sum(file.stat().st_size for file in (tmp_path / "out").rglob("*")) <= 1_000_000 + archives.CHUNK


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for number in range(5):
            packed.writestr(f"{number}.json", "{}")
    with pytest.raises(archives.Unsafe, match="more than 3 files"):
        archives.unpack(path, tmp_path / "out", most_bytes=1_000_000)


def test_the_page_brings_one_in(researcher, finish_jobs, tmp_path, snapshot):
    page = "/w/home/reward-models/import/"
    told = researcher.browser.get(page).content.decode()
    assert "touchstone-plain" in told
    assert "safetensors alone" in told
    missing = researcher.browser.post(page, {"name": "Theirs", "template": "own"})
    assert missing.status_code == 422
    assert "file" in missing.context["form"].errors
    file = archive("rm.zip", zipped(encoder(tmp_path / "theirs")))
    answer = researcher.browser.post(page, {"name": "Theirs", "template": "own", "file": file})
    assert answer.status_code == 302, answer.content.decode()
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    assert researcher.browser.get(answer["Location"]).status_code == 200


def test_only_an_imported_model_is_without_a_snapshot(researcher, workspace, snapshot):
    for broken in ({"kind": "imported", "snapshot": snapshot}, {"kind": "bradley_terry", "snapshot": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RewardModel.objects.create(workspace=workspace, name="x", backbone="x", **broken)


def test_only_researchers_bring_models_in(reviewer):
    assert reviewer.api.post(f"{API}/import/", {"name": "Theirs", "source": "builtin:minilm"}).status_code == 403
    assert reviewer.browser.get("/w/home/reward-models/import/").status_code == 403
