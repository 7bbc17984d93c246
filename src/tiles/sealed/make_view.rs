//! Only `authorize` makes a view.

fn main() {
    let _ = rights::View { scope: "everything".into() };
}
