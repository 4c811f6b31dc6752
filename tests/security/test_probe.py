import base64, json, time
from tests.security.attacker import *
from engine.language.problems import Refused
def show(name, answer):
    print("##", name, answer.status_code, answer.text[:700].replace("\n"," "))
FULL = {"subject":"alpha","secret":"KANARI","pay":"5000","level":"high","partner":"MILL","lines":[{"what":"w","item":"FLOUR","cost":"7.77"}]}
def test_probe(enter, site):
    own = do(site,"clerk","dossier",FULL).id
    deli = do(site,"deli_clerk","dossier",{**FULL,"subject":"beta"}).id
    seller = enter("seller"); reader=enter("reader"); mixed=enter("mixed"); thief=enter("thief"); blind=enter("blind"); copier=enter("copier")
    flour = id_of(site,"item","FLOUR")
    show("seller item", seller.get(f"/d/item/{flour}"))
    show("seller explain", seller.post(f"/d/item/{flour}?explain=1"))
    show("reader explain", reader.post(f"/d/dossier/{own}?explain=1"))
    show("reader why", reader.get(f"/d/dossier/{own}/why"))
    show("mixed deli", mixed.get(f"/d/dossier/{deli}"))
    show("mixed deli why", mixed.get(f"/d/dossier/{deli}/why"))
    show("mixed list", mixed.get("/d/dossier"))
    show("mixed list pay filter", mixed.get("/d/dossier?pay=5000"))
    show("mixed list secret search", mixed.get("/d/dossier?q=KANARI"))
    show("reader search", reader.get("/d/dossier?q=KANARI"))
    show("reader lookup", reader.get("/lookup/dossier?q=KANARI"))
    show("reader report", reader.get("/r/dossiers"))
    show("mixed report", mixed.get("/r/dossiers"))
    show("thief edit", thief.post(f"/d/dossier/{deli}", {"note":1}))
    show("thief edit subject", thief.post(f"/d/dossier/{deli}", {"subject":"mine"}))
    show("thief steal", thief.post(f"/d/dossier/{deli}", {"company":"BKY","subject":"mine"}))
    show("thief after", thief.get(f"/d/dossier/{deli}"))
    show("blind guess right", blind.post(f"/d/dossier/{own}", {"pay":"5000"}))
    show("blind guess wrong", blind.post(f"/d/dossier/{own}", {"pay":"5001"}))
    show("blind guess total", blind.post(f"/d/dossier/{own}", {"total":"7.77"}))
    show("blind guess total wrong", blind.post(f"/d/dossier/{own}", {"total":"7.78"}))
    copier.program=False; copier.client.headers["Accept"]="text/html"
    t = copier.get(f"/d/dossier/new?copy={own}").text
    print("## copier", "KANARI" in t, "5000" in t, "7.77" in t)
    a = enter("clerk")
    for q in ["?pay_from=%20","?count=9223372036854775808","?count_from=-9223372036854775809","?pay=1e400","?day_from=+","?at_to=+","?secret_from=+","?partner=+","?company=%00","?q="+"a+"*1100,"?level=zzz","?open_to_all_from=true","?weight=9e99","?number="+"9"*100,"?page=1000000&size=200","?order=-partner","?order=lines","?lines=1","?paper=x","?order=paper","?id=3","?share=0.001","?at=2026-01-01","?weight=1+stone","?weight_from=2+kg"]:
        for where in ("/d/dossier","/r/dossiers"):
            r=a.get(where+q)
            if r.status_code not in (200,400,422): show(q[:40]+where, r)
    r=a.client.post("/sign-in", content=b'{"login":1e99999999999999999999}', headers={"Content-Type":"application/json"}); show("bigexp", r)
    r=a.get("/d/shelf"); show("shelf", r)
    show("shelf ref", a.post("/d/shelf", {"code":9,"name":"x","above":"abc"}))
    show("shelf ref2", a.post("/d/shelf", {"code":9,"name":"x","above":{"code":"99999999999999999999999"}}))
    show("lookup shelf", a.get("/lookup/shelf?q=seven"))
    show("filter shelf", a.get("/d/shelf?above=abc"))
    show("filter shelf", a.get("/d/shelf?above=7"))
    show("shelf order", a.get("/d/shelf?code_from=5"))
    for path in ("/d/dossier/%00","/attachments/%00","/d/dossier/%FF","/d/dossier/"+"x"*5000,"/r/%00","/lookup/%00?q=a", "/static/..%2fapp.py"):
        r=a.get(path)
        if r.status_code!=404: show(path,r)
    for host in ("[","a/b","x?y","x#y","a b","[::1","é"):
        try: r=a.get("/d/dossier",headers={"Host":host}); show("host "+host,r)
        except Exception as e: print("host",host,type(e),e)
    a.client.cookies.set("__Host-notice", base64.urlsafe_b64encode(b"["*2200).decode().rstrip("="))
    r=a.get(f"/d/dossier/{own}",headers={"Accept":"text/html"}); show("notice",r)
    assert 0
