"""The evaluation protocol of the paper on IEMOCAP and CMU-MOSEI, and its tables."""
