import os, traceback, hashlib, collections
from pathlib import Path
import pytest
from hypothesis import given, settings, strategies as st, HealthCheck, Phase, seed as hseed
from hypothesis.errors import UnsatisfiedAssumption, StopTest
from tests.properties import test_random_graphs as t
from tests.properties.graphs import graphs
pytestmark = pytest.mark.django_db
OUT = Path(os.environ.get("DEV_OUT","/tmp/fails")); OUT.mkdir(exist_ok=True)
N=int(os.environ.get("DEV_N","100"))
WHICH=os.environ.get("DEV_WHICH","edits")
@hseed(int(os.environ.get("DEV_SEED","1")))
@settings(max_examples=N, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(graph=graphs(), data=st.data())
def test_search(tmp_path, graph, data):
    notes=[]
    t.note = notes.append
    events=[]
    t.event = lambda e: (events.append(e), KINDS.update([e]))
    try:
        (t._check_edits if WHICH=="edits" else t._check_silence)(tmp_path, graph, data)
    except (UnsatisfiedAssumption, StopTest):
        raise
    except BaseException as e:
        if type(e).__module__.startswith("hypothesis"): raise
        global COUNT
        COUNT+=1
        tb=traceback.extract_tb(e.__traceback__)
        own=[f for f in tb if "tests/properties" in f.filename]
        KINDS.update([f"FAIL {type(e).__name__} {own[-1].line if own else ''}"])
        size=sum(len(n) for n in notes)
        (OUT/f"{size:06d}.txt").write_text("\n----\n".join(map(str,notes))+"\n====\n"+"".join(traceback.format_exception(e))[-3500:])
COUNT=0
KINDS=collections.Counter()
def test_zz():
    print("FAILS",COUNT)
    for k,v in KINDS.most_common(): print(v,k)
