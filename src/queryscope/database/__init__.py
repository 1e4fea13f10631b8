"""Room: the only SQL that queryscope itself runs."""
