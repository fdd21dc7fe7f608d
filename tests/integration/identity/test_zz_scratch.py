import time, statistics
from datetime import timedelta
from apella.identity.sms_codes import request_code
from apella.identity.sessions import *
from apella.identity.model import Account

def test_timing(app, place):
    known, unknown = [], []
    for i in range(400):
        for doc, out in ((place.document, known), ("99 99 %06d" % i, unknown)):
            with app.database.unit_of_work(place.tenant_id) as work:
                t=time.perf_counter()
                request_code(work.session, tenant_id=place.tenant_id, vaults=app.vaults, document=doc, phone=place.phone, machine_now=work.machine_now+timedelta(minutes=6*i))
            out.append((time.perf_counter()-t)*1000)
    k,u=statistics.median(known),statistics.median(unknown)
    print("known median ms", k, "unknown", u, "diff", abs(k-u), "p95", sorted(known)[380], sorted(unknown)[380])
    with app.database.unit_of_work(None) as work:
        a=Account(iss="x",sub=str(time.time())); work.session.add(a); work.session.flush()
        n=create_session(work.session, account_id=a.id, loa=1, auth_time=work.machine_now, machine_now=work.machine_now)
    ts=[]
    for i in range(500):
        with app.database.unit_of_work(None) as work:
            t=time.perf_counter(); live_session(work.session, token=n.token, machine_now=work.machine_now); ts.append((time.perf_counter()-t)*1000)
    print("live_session median", statistics.median(ts))
