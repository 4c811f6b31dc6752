import pytest

from engine.language.problems import Refused
from engine.packages import files
from engine.packages.files import PackageFiles, content_digest, read_folder, scan_folder


def write(folder, **contents):
    for name, text in contents.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_a_folder_becomes_names_and_bytes(tmp_path):
    shop = tmp_path / "shop"
    write(shop, **{"app.yaml": "app: shop\n", "entities__item.yaml": "entity: item\n", ".hidden": "x"})
    layer = read_folder(shop)
    assert layer.name == "shop"
    assert sorted(layer.files) == ["app.yaml", "entities/item.yaml"]
    assert layer.files["app.yaml"] == b"app: shop\n"


def test_the_digest_says_what_is_in_the_files_and_nothing_else():
    one = PackageFiles("a", {"x.yaml": b"1", "y.yaml": b"2"})
    assert one.digest == PackageFiles("a", {"y.yaml": b"2", "x.yaml": b"1"}).digest
    different = [
        PackageFiles("b", {"x.yaml": b"1", "y.yaml": b"2"}),
        PackageFiles("a", {"x.yaml": b"2", "y.yaml": b"1"}),
        PackageFiles("a", {"x.yaml": b"1"}),
        PackageFiles("a", {"x.yaml1": b"1", "y.yaml": b"2"}),
    ]
    assert len({one.digest, *(other.digest for other in different)}) == 5
    assert content_digest((one,), ("plugin==1",)) != one.digest
    assert one.digest.startswith("sha256-")
    assert len(one.digest) == 71


def test_links_foreign_files_and_deep_folders_are_refused_together(tmp_path):
    shop = tmp_path / "shop"
    write(shop, **{"app.yaml": "x", "code.py": "x", "a__b__c__d__e__f.yaml": "x"})
    (shop / "link.yaml").symlink_to(shop / "app.yaml")
    layer, problems = scan_folder(shop)
    assert sorted(layer.files) == ["app.yaml"]
    assert sorted(problem.code for problem in problems) == ["PKG-281", "PKG-282", "PKG-283"]
    with pytest.raises(Refused):
        read_folder(shop)


def test_limits_are_kept(tmp_path, monkeypatch):
    shop = tmp_path / "shop"
    write(shop, **{"a.yaml": "x" * 10, "b.yaml": "x" * 10, "c.yaml": "x" * 200})
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 100)
    assert [problem.code for problem in scan_folder(shop)[1]] == ["PKG-284"]
    monkeypatch.setattr(files, "MAX_TOTAL_BYTES", 15)
    assert len(scan_folder(shop)[1]) == 2
    monkeypatch.setattr(files, "MAX_FILES", 0)
    assert len(scan_folder(shop)[1]) == 3
