"""Edge lists as collections publish them: read as they are, or one line that says what to do."""

import bz2
import gzip
import io
from pathlib import Path

import networkx as nx
import pytest

from sim import from_edges
from sim.errors import DataError
from sim.graph import Graph, from_networkx

#: A triangle and a friend of one of them.
PLAIN = "0 1\n1 2\n0 2\n2 3\n"
EDGES = [(0, 1), (1, 2), (0, 2), (2, 3)]


def read(folder: Path, text: str | bytes) -> Graph:
    """Return the graph of a file."""
    path = folder / "given.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    graph = from_edges(path)
    graph.validate()
    return graph


def lines(form: str, start: int = 0) -> str:
    """Return the edges, each in a form of ``{a}`` and ``{b}``."""
    return "".join(form.format(a=a + start, b=b + start) + "\n" for a, b in EDGES)


SAME = {
    "SNAP": "# Undirected graph: ../com-x.txt\n# Nodes: 4 Edges: 4\n# FromNodeId\tToNodeId\n"
    + lines("{a}\t{b}"),
    "KONECT": "% sym unweighted\n% 4 4 4\n" + lines("{a} {b} ", 1),
    "MatrixMarket": "%%MatrixMarket matrix coordinate pattern symmetric\n% of KONECT\n4 4 4\n"
    + lines("{b} {a}", 1),
    "networkx without data": lines("{a} {b} {{}}"),
    "CSV with header": "source,target\n" + lines("{a},{b}"),
    "CSV with quoted header": '"id_1","id_2"\n' + lines("{a}, {b}"),
    "tabs with header": "from\tto\n" + lines("{a}\t{b}"),
    "Windows": "source,target\r\n" + lines("{a},{b}").replace("\n", "\r\n"),
    "loops and repeats": PLAIN + "1 1\n1 0\n0 1\n3 2\n",
    "bzip2": bz2.compress(PLAIN.encode()),
    "UTF-16": PLAIN.encode("utf-16"),
    "a plain comment in Latin-1": "# Dritté\n".encode("latin-1") + PLAIN.encode(),
}


@pytest.mark.parametrize("kind", SAME)
def test_published_forms_give_the_same_graph_without_a_word(tmp_path: Path, kind: str) -> None:
    graph = read(tmp_path, SAME[kind])
    assert graph.fingerprint() == from_networkx(nx.Graph(EDGES)).fingerprint()


MORE = {
    "KONECT with weights and times": "% sym posweighted\n% 4 4 4\n"
    + lines("{a}\t{b}\t2\t1217567877"),
    "SNAP with times": lines("{a} {b} 1082040961"),
    "times from 0 on": lines("{a} {b} 0"),
    "networkx with data": lines("{a} {b} {{'weight': 1, 'since': '2024-01-02'}}"),
    "CSV of Gephi": "Source,Target,Type,Weight\n" + lines("{a},{b},Undirected,1.0"),
    "MatrixMarket with values": "%%MatrixMarket matrix coordinate real symmetric\n4 4 4\n"
    + lines("{b} {a} 0.5", 1),
}  # fmt: skip


@pytest.mark.parametrize("kind", MORE)
def test_weights_and_times_are_left_out_and_that_is_said(tmp_path: Path, kind: str) -> None:
    with pytest.warns(UserWarning, match="after the two ids .* are left out"):
        graph = read(tmp_path, MORE[kind])
    assert graph.fingerprint() == from_networkx(nx.Graph(EDGES)).fingerprint()


@pytest.mark.parametrize(
    "top",
    ["# Directed graph (each unordered pair of nodes is saved once)\n", "% asym unweighted\n",
     "%%MatrixMarket matrix coordinate pattern general\n4 4 5\n"],
)  # fmt: skip
def test_directions_are_forgotten_and_that_is_said(tmp_path: Path, top: str) -> None:
    with pytest.warns(UserWarning, match="directions are forgotten"):
        graph = read(tmp_path, top + lines("{a} {b}", 1) + "4 3\n")
    assert graph.fingerprint() == from_networkx(nx.Graph(EDGES)).fingerprint()


def test_what_networkx_writes_is_read(tmp_path: Path) -> None:
    given = nx.karate_club_graph()
    with_data, without = io.BytesIO(), io.BytesIO()
    nx.write_edgelist(given, with_data)
    nx.write_edgelist(given, without, data=False)
    with pytest.warns(UserWarning, match="are left out"):
        graph = read(tmp_path, with_data.getvalue())
    assert graph.fingerprint() == read(tmp_path, without.getvalue()).fingerprint()
    assert (graph.n_users, graph.n_edges) == (34, 78)


def test_a_matrix_has_people_without_a_friend_too(tmp_path: Path) -> None:
    banner = "%%MatrixMarket matrix coordinate pattern symmetric\n"
    graph = read(tmp_path, banner + "6 6 4\n" + lines("{b} {a}", 1))
    assert graph.degrees.tolist() == [2, 2, 3, 1, 0, 0]


REFUSED = {
    "KONECT of two kinds": ("% bip unweighted\n" + PLAIN, "two kinds of nodes"),
    "a comment that says so": ("# Bipartite graph of users and films\n" + PLAIN, "two kinds"),
    "a rectangular matrix": (
        "%%MatrixMarket matrix coordinate pattern general\n4 9 1\n1 1\n", "two kinds of nodes"),
    "a dense matrix": ("%%MatrixMarket matrix array real general\n2 2\n0\n1\n", "coordinate"),
    "a complex matrix": (
        "%%MatrixMarket matrix coordinate complex general\n2 2 1\n1 2 1 1\n", "real"),
    "a matrix cut short": (
        "%%MatrixMarket matrix coordinate pattern symmetric\n4 4 9\n2 1\n", "9 entries and has 1"),
    "a matrix beyond itself": (
        "%%MatrixMarket matrix coordinate pattern symmetric\n4 4 1\n5 1\n", "beyond its 4 rows"),
    "a matrix without sizes": (
        "%%MatrixMarket matrix coordinate pattern symmetric\n2 1\n", "line of sizes"),
    "a matrix of hardly anything": (
        "%%MatrixMarket matrix coordinate pattern symmetric\n2000000000 2000000000 1\n2 1\n",
        "hardly anybody"),
    "an entry of 0": (
        "%%MatrixMarket matrix coordinate real symmetric\n4 4 2\n2 1 0.5\n3 1 0.0\n", "entry of 0"),
    "foes": ("0 1 1\n1 2 -1\n", "line 2: '1 2 -1' has a negative weight"),
    "foes of networkx": ("0 1 {'weight': 1}\n1 2 {'weight': -1}\n", "line 2: "),
    "counts on top": ("5 4\n" + PLAIN, "may be the counts"),
    "counts, edges first": ("4 5\n" + PLAIN, "may be the counts"),
    "counts of pairs given both ways": (
        "4 4\n" + PLAIN + "1 0\n2 1\n2 0\n3 2\n", "may be the counts"),
    "three counts": ("4 4 4\n" + PLAIN, "put # before it"),
    "one count": ("4\n" + PLAIN, "put # before it"),
    "names": ("anna ben\nben carl\n", "Number nodes that have names"),
    "names below a header": ("source,target\nanna,ben\n", "Number nodes that have names"),
    "a list of neighbors": ("0 1 2\n1 2\n2 3\n", "One edge a line".lower()),
    "semicolons": ("0;1\n1;2\n", "separated by a blank, a comma or a tab"),
    "an index of pandas": (",source,target\n0,5,6\n1,6,7\n", "index=False"),
    "an id in front": ("edge,source,target\n0,5,6\n1,6,7\n", "ends of a friendship"),
    "people and films": ("user,movie\n1,2\n2,3\n", "ends of a friendship"),
    "an empty cell": ("1,,2\n", "has an empty cell"),
    "a comma at the end": ("1,2,\n2,3,\n", "has an empty cell"),
    "a comma in front": (",1,2\n", "has an empty cell"),
    "half an edge": ("1,\n", "has"),
    "an old Mac": ("0 1\r1 2\r", "old Mac"),
    "Pajek": ("*Vertices 4\n1\n2\n*Edges\n1 2\n", "read_pajek"),
    "GML": ("graph [\n  node [\n    id 0\n", "read_gml"),
    "GraphML": ("<?xml version='1.0'?>\n<graphml>\n", "read_graphml"),
    "JSON": ('{"nodes": []}\n', "networkx"),
    "floats": ("0.0 1.0\n", "not two whole numbers"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_list_of_friendships_is_refused_in_one_line(tmp_path: Path, kind: str) -> None:
    text, expected = REFUSED[kind]
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    assert expected in str(caught.value)
    assert str(tmp_path / "given.txt") in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_first_edge_is_no_count_where_more_nodes_follow(tmp_path: Path) -> None:
    """Node 2 and node 4, in a file of 4 further edges among 5 nodes, are an edge."""
    assert read(tmp_path, "2 4\n" + PLAIN).n_edges == 5
    assert read(tmp_path, "5 9\n").n_edges == 1


def test_a_line_with_data_may_stand_on_two_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.graph.edge_files.CHUNK_BYTES", 37)
    given = nx.path_graph(200)
    text = "% sym\n" + "".join(f"{a}\t{b}\t{{'weight': 1}}\n" for a, b in given.edges())
    with pytest.warns(UserWarning, match="are left out"):
        graph = read(tmp_path, gzip.compress(text.encode()))
    assert graph.fingerprint() == from_networkx(given).fingerprint()
