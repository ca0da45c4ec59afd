"""How far judgments can be trusted: agreement, consensus, and the quality of one annotator.

Pure functions over plain arrays, with numpy and scipy and nothing else. Each figure comes with its interval, and a
figure that the votes cannot give says why. Formulas, assumptions and sources stand in docs/methods/agreement.md.
"""
