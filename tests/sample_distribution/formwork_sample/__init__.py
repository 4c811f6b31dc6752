"""What a distribution outside of Formwork may add: one of each."""
