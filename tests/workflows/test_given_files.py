from pathlib import Path

import pytest

from embspace.errors import SettingsError
from embspace.workflows.given_files import keep_files, kept_file


def test_a_file_is_kept_once_by_its_content(workspace, tmp_path):
    first, second = tmp_path / "en-es.txt", tmp_path / "more" / "en-es.txt"
    second.parent.mkdir()
    first.write_text("dog perro\n")
    second.write_text("dog perro\n")
    [one] = keep_files([first], workspace)
    assert keep_files([second], workspace) == (one,)
    assert kept_file(one, workspace).read_text() == "dog perro\n"
    first.unlink()
    assert kept_file(one, workspace).name == "en-es.txt"
    second.write_text("cat gato\n")
    assert keep_files([second], workspace) != (one,)
    [renamed] = keep_files([second], workspace, ["de-es.txt"])
    assert kept_file(renamed, workspace).name == "de-es.txt"


@pytest.mark.parametrize("name", ["..", "../../up.txt", "a b/$c<d>.txt", ".hidden", "-n", "слова.txt", "x" * 300])
def test_no_name_leads_out_of_the_workspace(workspace, tmp_path, name):
    path = tmp_path / "words.txt"
    path.write_text("a b\n")
    [one] = keep_files([path], workspace, [name])
    place = kept_file(one, workspace).resolve()
    assert place.parent.parent == workspace.files.resolve() and place.read_text() == "a b\n"


@pytest.mark.parametrize("reference", ["", "x", "../a.txt", f"{'0' * 32}/../../a", f"{'0' * 32}/.x", "/etc/passwd"])
def test_other_names_are_no_kept_files(workspace, reference):
    with pytest.raises(SettingsError, match="is no file of a workspace"):
        kept_file(reference, workspace)


def test_what_is_not_there_is_said(workspace, tmp_path):
    with pytest.raises(SettingsError, match="no such file"):
        keep_files([tmp_path / "a.txt"], workspace)
    with pytest.raises(SettingsError, match=r"it is a folder"):
        keep_files([tmp_path], workspace)
    with pytest.raises(SettingsError, match=r"'a.txt' is not in this workspace .* give it once more"):
        kept_file(f"{'0' * 32}/a.txt", workspace)
    assert not Path(workspace.files).exists()
