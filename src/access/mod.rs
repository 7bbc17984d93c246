//! Accounts, identities and the one function from an account to what it may see.
