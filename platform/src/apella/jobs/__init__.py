"""Background work: the task table is the queue of record, the broker only carries ids."""
