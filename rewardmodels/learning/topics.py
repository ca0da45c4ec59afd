"""Topics of conversations: first turns with words in common (k-means on latent semantic axes), named by their words."""

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
from sklearn.preprocessing import normalize

FEWEST = 200  # first turns, below which topics are told by chance
PER_TOPIC = 100
MOST_TOPICS = 8
MOST_WORDS = 5_000
AXES = 20
NAMED_BY = 3
LONGEST = 2_000  # letters that are looked at
WORD = r"(?u)\b[^\W\d_]{3,}\b"


def of(texts: Sequence[str]) -> list[str]:
    """The topic of each text; none where there are too few texts or too few words."""
    if len(texts) < FEWEST:
        return []
    reader = TfidfVectorizer(
        token_pattern=WORD,
        stop_words=sorted(ENGLISH_STOP_WORDS),
        min_df=3,
        max_df=0.5,
        max_features=MOST_WORDS,
        sublinear_tf=True,
    )
    try:
        rows = reader.fit_transform([text[:LONGEST] for text in texts])
    except ValueError:  # no word stands in three texts
        return []
    if rows.shape[1] <= AXES:
        return []
    places = normalize(TruncatedSVD(AXES, random_state=0).fit_transform(rows))
    count = min(MOST_TOPICS, len(texts) // PER_TOPIC)
    label = KMeans(count, n_init=3, max_iter=100, random_state=0).fit(places).labels_
    words, overall = reader.get_feature_names_out(), np.asarray(rows.mean(0)).ravel()
    names = {}
    for one in np.unique(label):
        above = np.asarray(rows[label == one].mean(0)).ravel() - overall
        names[one] = ", ".join(words[np.argsort(-above, kind="stable")[:NAMED_BY]])
    return [names[one] for one in label]
