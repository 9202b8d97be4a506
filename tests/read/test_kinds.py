"""Kinds of places at which reading went wrong: abbreviations, lists, broken sentences, headings, hyphens, notes, ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.read.seeds import read_seed


@pytest.mark.parametrize(
    ("kind", "text", "quotes"),
    [
        ("R1", "The council adopted resolution No. 5 on Monday.", ["The council adopted resolution No. 5 on Monday."]),
        (
            "R1",
            "Lt. Gashi met Col. Hoxha and Gen. Wolters. They spoke.",
            ["Lt. Gashi met Col. Hoxha and Gen. Wolters.", "They spoke."],
        ),
        ("R1", "It cites Art. 5, para. 3 and Nr. 7. It is new.", ["It cites Art. 5, para. 3 and Nr. 7.", "It is new."]),
        ("R1", "The speaker was John F. Kennedy of Boston. He left.", ["The speaker was John F. Kennedy of Boston.", "He left."]),
        ("R1", "The vote was 5 vs. 3, i.e. a majority. It passed.", ["The vote was 5 vs. 3, i.e. a majority.", "It passed."]),
        ("R1", "The town (pop. 5,000) is old.", ["The town (pop. 5,000) is old."]),
        (
            "R2",
            "1. The ferry shall carry 400 people.\n2. It shall leave at nine.",
            ["1. The ferry shall carry 400 people.", "2. It shall leave at nine."],
        ),
        ("R2", "1. The quay is old.\n\n2. It needs repair.", ["1. The quay is old.", "2. It needs repair."]),
        (
            "R2",
            "1.1. Albania supports the unity\n1.2. It leads the group",
            ["1.1. Albania supports the unity", "1.2. It leads the group"],
        ),
        ("R2", "I. The quay is old.\nII. It needs repair.", ["I. The quay is old.", "II. It needs repair."]),
        (
            "R2",
            "The treaty was signed on 1. April 2009 in Washington.",
            ["The treaty was signed on 1. April 2009 in Washington."],
        ),
        ("R2", "The talks, held on\n4. April in Tirana, went well.", ["The talks, held on\n4. April in Tirana, went well."]),
        ("R2", "1)\nThe quay is old.\n2)\nThe ferry is new.", ["The quay is old.", "The ferry is new."]),
        (
            "R2",
            "1. Goals\n   a) peace in the region\n   b) trade\n2. Means\n   a) money",
            ["a) peace in the region", "b) trade", "a) money"],
        ),
        ("R2", "The plan has three points: 1. Peace. 2. Trade.", ["The plan has three points: 1. Peace.", "2. Trade."]),
        ("R2", "A. Berisha spoke in Vlora.", ["A. Berisha spoke in Vlora."]),
        (
            "R3",
            "The plan was signed by the Minister of\n\nTransport in Tirana.",
            ["The plan was signed by the Minister of Transport in Tirana."],
        ),
        (
            "R3",
            "The board met in Vlora and\n\nagreed on a plan for the quay.",
            ["The board met in Vlora and agreed on a plan for the quay."],
        ),
        (
            "R3",
            "The board met in Vlora, Durres,\n\nShengjin and Saranda.",
            ["The board met in Vlora, Durres, Shengjin and Saranda."],
        ),
        ("R3", "The plan helps the coopera-\n\ntion of the towns.", ["The plan helps the cooperation of the towns."]),
        (
            "R3",
            "The sum was set aside by\n\nPage 3 of 7\n\nthe Minister of Transport.",
            ["The sum was set aside by the Minister of Transport."],
        ),
        (
            "R3",
            "The Prime Minister thanked\n\nAlbania and its soldiers.",
            ["The Prime Minister thanked Albania and its soldiers."],
        ),
        (
            "R3",
            "The sum was set aside\n   4\n\fHarbour Report – Page 5\n\nby the Minister of Transport.\n",
            ["The sum was set aside by the Minister of Transport."],
        ),
        ("R3", "The quay is old.\n\fThe ferry is new.\n", ["The quay is old.", "The ferry is new."]),
        ("R3", "The board met in Vlora and\fagreed on a plan.", ["The board met in Vlora and agreed on a plan."]),
        ("R6", "● Map reading\n–Night marches\n–First aid", ["● Map reading", "–Night marches", "–First aid"]),
        (
            "R9",
            "She said, “We stayed ten years. We will go on,” and left. “It is late,” he said. He left.",
            ["She said, “We stayed ten years. We will go on,” and left.", "“It is late,” he said.", "He left."],
        ),
        ("R9", "Er sagte: „Wir bleiben. Wir gehen nicht“, und ging.", ["Er sagte: „Wir bleiben. Wir gehen nicht“, und ging."]),
        ("R9", "»Stay! All of you«, he called. They stayed.", ["»Stay! All of you«, he called.", "They stayed."]),
        ("R3", "The council met with Mr.\n\nRama on Monday.", ["The council met with Mr. Rama on Monday."]),
        (
            "R3",
            "The Ministers of both towns,\n\nmeeting in Vlora, agreed.",
            ["The Ministers of both towns, meeting in Vlora, agreed."],
        ),
        ("R4", "Why does the ferry matter?\n\nThe ferry carries 400 people.", ["The ferry carries 400 people."]),
        ("R4", "Our goals:\n\nAlbania wants security.", ["Albania wants security."]),
        ("R4", "Ladies and Gentlemen,\n\nAlbania wants security.", ["Albania wants security."]),
        ("R4", "2. Our goals\n\nAlbania wants security.", ["Albania wants security."]),
        ("R4", "Our goals\nAlbania wants security.", ["Albania wants security."]),
        ("R4", "### Why now?\nAlbania wants security.", ["Albania wants security."]),
        ("R4", "Security for all!\n\nAlbania wants security.", ["Albania wants security."]),
        ("R4", "Q: When does it open?\nA: It opens at nine.", ["A: It opens at nine."]),
        (
            "R4",
            "A heading of more words than a heading should have and still without any mark at its end\n\nIt is so.",
            ["It is so."],
        ),
        ("R5", "It wants secu-\nrity and co\u00adoperation.", ["It wants security and cooperation."]),
        ("R5", "The commit-\ntee met.", ["The committee met."]),
        (
            "R5",
            "The long-\nterm plan of the NATO-\nEU talks is well-\nknown.",
            ["The long-term plan of the NATO-EU talks is well-known."],
        ),
        ("R5", "The pre-\nand post-war years were hard.", ["The pre-\nand post-war years were hard."]),
        (
            "R6",
            "● The quay is old.\n● The ferry is new.\n● The fare is low.",
            ["● The quay is old.", "● The ferry is new.", "● The fare is low."],
        ),
        ("R6", "•The quay is old.\n•The ferry is new.", ["•The quay is old.", "•The ferry is new."]),
        ("R6", "\uf0b7 The quay is old\n\uf0b7 The ferry is new", ["The quay is old", "The ferry is new"]),
        ("R6", "(i) the quay is old;\n(ii) the ferry is new.", ["(i) the quay is old;", "(ii) the ferry is new."]),
        (
            "R6",
            "➢ The quay is old and\nneeds repair.\n➢ The ferry is new.",
            ["➢ The quay is old and\nneeds repair.", "➢ The ferry is new."],
        ),
        (
            "R7",
            "The quay is old.\nThe council met with Mr.\nRama on Monday.",
            ["The quay is old.", "The council met with Mr.\nRama on Monday."],
        ),
        ("R7", "It is a ship of the U.S.\nNavy on Monday.", ["It is a ship of the U.S.\nNavy on Monday."]),
        ("R7", "It leaves at 9 a.m.\non Monday in Vlora.", ["It leaves at 9 a.m.\non Monday in Vlora."]),
        (
            "R7",
            "They sent tents, blankets, etc.\nto the town of Vlora.",
            ["They sent tents, blankets, etc.\nto the town of Vlora."],
        ),
        ("R7", "The fare rose to 2.\n5 percent in 2022.", ["The fare rose to 2.5 percent in 2022."]),
        ("R8", "Albania joined in spring.[1] Croatia joined too.", ["Albania joined in spring.[1]", "Croatia joined too."]),
        (
            "R8",
            "The quay is old.² It needs repair.* It is wet.† It is cold.(3) It is shut.",
            ["The quay is old.²", "It needs repair.*", "It is wet.†", "It is cold.(3)", "It is shut."],
        ),
        ("R8", "The quay is old.1 It needs repair.", ["The quay is old.1", "It needs repair."]),
        ("R8", "The quay is old.”[1][2] It needs repair.", ["The quay is old.”[1][2]", "It needs repair."]),
        ("R9", "The minister said: „We will stay.“ Then he left.", ["The minister said: „We will stay.“", "Then he left."]),
        ("R9", "“Will we stay?” Rama asked. “Yes.”", ["“Will we stay?” Rama asked.", "“Yes.”"]),
        (
            "R9",
            "He said: »We stay.« She said: «We pay.» They left.",
            ["He said: »We stay.«", "She said: «We pay.»", "They left."],
        ),
        ("R10", "There is no plan B. Albania will stay.", ["There is no plan B.", "Albania will stay."]),
        (
            "R10",
            "The unit belongs to category A. Albania pays for it.",
            ["The unit belongs to category A.", "Albania pays for it."],
        ),
        ("R10", "Albania joined in spring.Croatia joined too.", ["Albania joined in spring.", "Croatia joined too."]),
        ("R10", "Albania joined in spring.\u200bCroatia joined too.", ["Albania joined in spring.", "Croatia joined too."]),
        ("R10", "It came in spring. eAlbania is its portal.", ["It came in spring.", "eAlbania is its portal."]),
        ("R10", "They sent tents, blankets, etc. The town was glad.", ["They sent tents, blankets, etc.", "The town was glad."]),
        (
            "R1",
            "Col. (ret.) Gashi and Dr.-Ing. Kola spoke. They left.",
            ["Col. (ret.) Gashi and Dr.-Ing. Kola spoke.", "They left."],
        ),
        ("R1", "Under Reg. (EU) No. 1307/2013 the fee is due.", ["Under Reg. (EU) No. 1307/2013 the fee is due."]),
        ("R2", "Q1. Why is it old?\nA1. It was built in 1900.", ["A1. It was built in 1900."]),
        ("R4", "Who are we? What do we want?\n\nWe are many.", ["We are many."]),
        ("R4", "Why it matters!\n\nIt is the only way to Italy.", ["It is the only way to Italy."]),
        ("R5", "It was 5-\nyear work of a Ger-\nman firm.", ["It was 5-year work of a German firm."]),
        (
            "R6",
            "• more budget\n• more ships\nThe board agreed on it.",
            ["• more budget", "• more ships", "The board agreed on it."],
        ),
        (
            "R8",
            "It came in spring. ² It left.(a) It was seen.[see note 3] Nobody knows.",
            ["It came in spring. ²", "It left.(a)", "It was seen.[see note 3]", "Nobody knows."],
        ),
        (
            "R10",
            "Albania joined NATO.Croatia joined in 2009.Nobody left.",
            ["Albania joined NATO.", "Croatia joined in 2009.", "Nobody left."],
        ),
        ("R2", "1. Open the gate!\n2. Close the gate!", ["1. Open the gate!", "2. Close the gate!"]),
        (
            "R3",
            "The Council,\n\nhaving read the report,\n\ndecides to close the quay.",
            ["The Council, having read the report, decides to close the quay."],
        ),
        ("R4", "Table 1. Fares in euros\n\nThe fares are low.", ["The fares are low."]),
    ],
)
def test_what_is_quoted(tmp_path: Path, kind: str, text: str, quotes: list[str]) -> None:
    path = tmp_path / "one.txt"
    path.write_text(f"The new ferry\n\nThe board runs a ferry.\n\n{text}\n\nThe board thanks everyone.\n", encoding="utf-8")
    document = read_seed(path)
    said = [document.quote(p) for p in document.quotable]
    assert (said[0], said[-1]) == ("The board runs a ferry.", "The board thanks everyone.")
    assert said[1:-1] == quotes, kind


def test_the_word_before_a_number_is_seen_in_a_long_paragraph(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    long = f"The ministers met in Vlora and {'talked about ferries and ' * 8}opened the 3. Brigade of the port guard."
    path.write_text(long, encoding="utf-8")
    assert [p.id for p in read_seed(path).quotable] == ["p1s1"]
