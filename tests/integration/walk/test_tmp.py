import time
def test_it(play):
    t=time.time(); p=play(); print("world",time.time()-t)
    for o in ("rejected","up","down","unchanged"):
        p=play()
        t=time.time(); c=p.file(); p.walk(c,"voted",outcome=o); print("to voted",time.time()-t)
        t=time.time(); p.walk
        t=time.time(); p._decided(c,o); p.drain(); print("drain",time.time()-t)
        for s in ("handed_over","entered","dispatched","recalculated","approved","closed"):
            if p._has(c,s,o): getattr(p,"_"+s)(c,o)
        print("rest",time.time()-t, p.case(c).outcome, p.case(c).state)
