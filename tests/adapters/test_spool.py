"""What is kept on disk until it is asked for."""

from hypothesis import given
from hypothesis import strategies as st

from spm.adapters.spool import Spool

KEYS = st.text("ab1", min_size=1, max_size=2)


@given(st.lists(st.tuples(KEYS, st.text(max_size=3)), max_size=30), st.sets(KEYS))
def test_it_gives_back_by_key_in_order_and_knows_the_rest(
    said: list[tuple[str, str]], asked: set[str]
) -> None:
    with Spool() as spool:
        for key, text in said:
            spool.add("id", key, text)
        found = spool.take("id", asked)
        assert dict(found) == {
            key: [text for k, text in said if k == key] for key in asked & {k for k, _ in said}
        }
        assert [key for _, key in spool.rest()] == list(
            dict.fromkeys(key for key, _ in said if key not in asked)
        )
        assert spool.has("id") == bool(said)
        assert not spool.has("name")
        assert spool.count == len(said)
