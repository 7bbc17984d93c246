//! Reads editions, as they were published. Nothing here can open microdata.
