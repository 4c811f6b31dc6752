from tests.security.attacker import *
def test_probe(enter, site):
    import time
    r = enter("reader")
    print(r.get("/d/dossier").text)
    assert 0
