import shutil
import time
from types import SimpleNamespace

import huggingface_hub
import pytest
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    LocalTokenNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from embspace.encoders import hub
from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.layout import wanted_files
from embspace.encoders.loading import load_encoder
from embspace.errors import EncoderError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def answer(monkeypatch):
    """Let the hub answer a question about a model so."""

    def set_answer(do):
        monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda self, *args, **kwargs: do(*args, **kwargs))

    return set_answer


def refuse(error):
    def do(*args, **kwargs):
        raise error

    return do


def put_in_cache(cache, folder):
    place = cache / "models--someone--tiny"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text(COMMIT)
    return shutil.copytree(folder, place / "snapshots" / COMMIT)


def test_without_a_network_it_fails_at_once(answer):
    answer(refuse(ConnectionError("Name or service not known")))
    with pytest.raises(
        EncoderError,
        match=r"someone/tiny is no folder here, the Hugging Face hub cannot be reached \(Name or service not known\), "
        r"and the local cache does not have it\. Give a folder, go online, or use `mini`",
    ):
        load_encoder("someone/tiny")


def test_a_network_that_never_answers_is_not_waited_for(answer, monkeypatch):
    monkeypatch.setattr(hub, "_SECONDS", 0.2)
    answer(lambda *args, **kwargs: time.sleep(3))
    start = time.monotonic()
    with pytest.raises(EncoderError, match=r"cannot be reached \(no answer within 0.2 seconds\)"):
        load_encoder("someone/tiny")
    assert time.monotonic() - start < 2


def test_the_local_cache_serves_without_a_network(answer, cache, bert_folder):
    put_in_cache(cache, bert_folder)
    answer(refuse(ConnectionError("Name or service not known")))
    found = find_checkpoint("someone/tiny")
    assert found.fingerprint == find_checkpoint(f"someone/tiny@{COMMIT}").fingerprint
    assert load_encoder("someone/tiny").n_layers == 3
    with pytest.raises(EncoderError, match=r"someone/tiny@other is no folder here"):
        find_checkpoint("someone/tiny@other")


def test_a_download_takes_what_an_encoder_needs(answer, cache, bert_folder, monkeypatch):
    names = ["config.json", "tokenizer.json", "model.safetensors", "pytorch_model.bin", "README.md", "onnx/model.onnx"]
    asked = {}
    answer(lambda name, **_: SimpleNamespace(sha=COMMIT, siblings=[SimpleNamespace(rfilename=one) for one in names]))

    def download(name, **options):
        asked.update(options)
        return str(put_in_cache(cache, bert_folder))

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert find_checkpoint("someone/tiny").folder.name == COMMIT
    assert asked == {"revision": COMMIT, "allow_patterns": ["config.json", "model.safetensors", "tokenizer.json"]}


def test_a_download_that_breaks_off(answer, monkeypatch):
    answer(lambda name, **_: SimpleNamespace(sha=COMMIT, siblings=[]))
    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse(OSError("connection reset")))
    with pytest.raises(EncoderError, match=r"download of someone/tiny broke off \(connection reset\); run the same"):
        find_checkpoint("someone/tiny")


def answered(kind, status=404):
    return kind("no", response=SimpleNamespace(headers={}, request=None, status_code=status))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            answered(RepositoryNotFoundError),
            r"someone/tiny is neither a folder here nor on the Hugging Face hub, or it is private\. {token}",
        ),
        (
            answered(GatedRepoError, 403),
            r"someone/tiny is on the hub but gated: access is refused\. Accept its terms on its page there "
            r"\(someone/tiny\), then run the same again\. {token}",
        ),
        (answered(RevisionNotFoundError), "someone/tiny is on the hub but has no revision 'v9'"),
        (answered(DisabledRepoError, 403), "someone/tiny was disabled on the hub"),
        (answered(HfHubHTTPError, 401), r"does not know who asks for someone/tiny \(401\)\. {token}"),
        (answered(HfHubHTTPError, 403), r"The hub refuses someone/tiny \(403\)\. {token}"),
        (LocalTokenNotFoundError("no"), r"The hub asks for a token for someone/tiny\. {token}"),
    ],
    ids=["private", "gated", "revision", "disabled", "401", "403", "no-token"],
)
@pytest.mark.parametrize("token", [None, "HF_TOKEN", "login"])
def test_what_the_hub_refuses(answer, monkeypatch, error, words, token):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    if token == "HF_TOKEN":
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: "hf_secret" if token else None)
    sent = {
        None: r"No token is here: log in with `hf auth login`, or set HF_TOKEN\.",
        "HF_TOKEN": r"The token here \(from the environment variable HF_TOKEN\) .*; see `hf auth whoami`, or set HF_T",
        "login": r"The token here \(from `hf auth login`\) .*; see `hf auth whoami`, or log in again",
    }[token]
    answer(refuse(error))
    with pytest.raises(EncoderError, match=words.replace("{token}", sent)) as caught:
        find_checkpoint("someone/tiny@v9")
    assert "hf_secret" not in str(caught.value)
    assert "://" not in str(caught.value)


def test_gated_files_of_a_checkpoint_whose_page_is_open(answer, monkeypatch):
    answer(lambda name, **_: SimpleNamespace(sha=COMMIT, siblings=[]))
    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse(answered(GatedRepoError, 403)))
    with pytest.raises(EncoderError, match=r"someone/tiny is on the hub but gated: access is refused"):
        find_checkpoint("someone/tiny")


def test_a_server_that_fails_is_not_a_refusal(answer, cache, bert_folder):
    put_in_cache(cache, bert_folder)
    answer(refuse(answered(HfHubHTTPError, 503)))
    assert find_checkpoint("someone/tiny").folder.name == COMMIT


@pytest.mark.parametrize("code", [False, True])
def test_what_is_wanted_of_a_repository(code):
    names = ["README.md", "modules.json", "0_Transformer/config.json", "0_Transformer/model.safetensors",
             "0_Transformer/tokenizer.json", "1_Pooling/config.json", "own.py", "onnx/model.onnx"]  # fmt: skip
    inside = ["0_Transformer/config.json", "0_Transformer/model.safetensors", "0_Transformer/tokenizer.json"]
    assert wanted_files(names, code=code) == [*inside, "modules.json", *(["own.py"] if code else [])]
    adapter = [
        "adapter_config.json",
        "adapter_model.bin",
        "adapter_model.safetensors",
        "tokenizer.json",
        "optimizer.pt",
    ]
    assert wanted_files(adapter) == ["adapter_config.json", "adapter_model.safetensors", "tokenizer.json"]


def test_an_impossible_name():
    with pytest.raises(EncoderError, match="neither a folder here nor a possible name on the hub"):
        find_checkpoint("no such name!")
