//! What expressions say of a zone, and what is none.

use super::{BadFilter, Expression, MAX_FILTER};
use crate::filter::{Area, Queryable};

/// Of a zone without name.
fn holds(text: &str, nom: Option<&str>) -> Option<bool> {
    let expression = Expression::read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let values = |column: Queryable| match column {
        Queryable::Code => Some("95018"),
        Queryable::Nom => nom,
        Queryable::Communes => Some("95018 95019"),
    };
    let near = Area::new(&[0.0, 0.0, 1.0, 1.0]).unwrap();
    expression.holds(&values, &|area| *area == near)
}

#[test]
fn an_expression_is_true_false_or_unknown_of_a_zone() {
    for (text, expected) in [
        ("code = '95018'", Some(true)),
        ("'95018' = code", Some(true)),
        ("\"code\" <> '95018'", Some(false)),
        ("code<'95019' and code>='95018'", Some(true)),
        ("code = '1' OR code = '95018'", Some(true)),
        ("NOT (code = '1') AND TRUE", Some(true)),
        ("code IN ('1', '95018')", Some(true)),
        ("code NOT IN ('1', '95018')", Some(false)),
        ("code BETWEEN '95' AND '96'", Some(true)),
        ("code NOT BETWEEN '95' AND '96'", Some(false)),
        ("communes LIKE '%95019%'", Some(true)),
        ("communes LIKE '95_18 9%'", Some(true)),
        ("communes LIKE '95018'", Some(false)),
        ("communes LIKE '%9%9%9%9%'", Some(false)),
        ("code LIKE '%%%8'", Some(true)),
        ("code LIKE ''", Some(false)),
        ("code IS NULL", Some(false)),
        ("nom IS NULL", Some(true)),
        ("nom IS NOT NULL", Some(false)),
        // What has no name is neither called so nor otherwise.
        ("nom = 'x'", None),
        ("NOT nom = 'x'", None),
        ("nom = 'x' OR code = '95018'", Some(true)),
        ("nom = 'x' AND code = '1'", Some(false)),
        ("nom IN ('x')", None),
        ("nom LIKE '%'", None),
        ("S_INTERSECTS(geometry, BBOX(0,0,1,1))", Some(true)),
        ("s_intersects(BBOX(0, 0, 1.0, 1e0), \"geometry\")", Some(true)),
        ("S_INTERSECTS(geometry,POINT(2 2))", Some(false)),
        ("FALSE", Some(false)),
    ] {
        assert_eq!(holds(text, None), expected, "{text}");
    }
    for (text, expected) in [
        ("nom = 'L''Isle'", true),
        ("nom = 'L\\'Isle'", true),
        ("nom = 'l''isle'", false),
        ("CASEI(nom) = CASEI('L''ISLE')", true),
        ("CASEI(nom) LIKE CASEI('l''i%')", true),
        ("CASEI(nom) IN (casei('A'), casei('L''isle'))", true),
        ("nom LIKE 'L_Isle'", true),
        ("nom LIKE 'L\\_Isle'", false),
        // The text keeps its case where only the pattern loses its own.
        ("nom LIKE CASEI('L''ISLE')", false),
    ] {
        assert_eq!(holds(text, Some("L'Isle")), Some(expected), "{text}");
    }
}

#[test]
fn no_expression_reads_a_figure_and_slips_are_refused() {
    for text in [
        "n_menages > '10'",
        "n_menages = 5",
        "res_inf20 IS NULL",
        "secret = TRUE",
        "CODE = '1'",
        "code = nom AND x = '1'",
        "S_INTERSECTS(shape, BBOX(0,0,1,1))",
    ] {
        assert_eq!(Expression::read(text), Err(BadFilter::Property), "{text}");
    }
    for text in [
        "code = 5",
        "5 < 7",
        "geometry = 'x'",
        "S_INTERSECTS(geometry, geometry)",
        "S_INTERSECTS(code, BBOX(0,0,1,1))",
        "S_INTERSECTS(geometry, BBOX(0,1,1,0))",
        "S_INTERSECTS(geometry, BBOX(0,1,1))",
        "S_INTERSECTS(geometry, POLYGON((0 0,1 0,1 1,0 0)))",
    ] {
        assert_eq!(Expression::read(text), Err(BadFilter::Type), "{text}");
    }
    for text in [
        "",
        "   ",
        "code",
        "code =",
        "code = 'a",
        "code == 'a'",
        "code = 'a' AND",
        "code = 'a' code = 'b'",
        "(code = 'a'",
        "code = 'a')",
        "NOT",
        "NOT NOT code = 'a'",
        "code LIKE nom",
        "code IN ()",
        "code IN 'a'",
        "code IS",
        "code BETWEEN 'a' OR 'b'",
        "AND = 'a'",
        "code = NULL",
        "code = 'a' ; DROP TABLE zones",
        "code = 'a' -- x",
        "S_INTERSECTS(geometry, BBOX(0,0,1,1)",
        "S_INTERSECTS(geometry, BBOX(0 0,1,1))",
        "code = 1e",
        "code = 1e999",
        "é = \u{0}",
    ] {
        assert_eq!(Expression::read(text), Err(BadFilter::Syntax), "{text}");
    }
}

#[test]
fn length_and_depth_are_bounded() {
    let deep = |depth: usize| format!("{}code = 'a'{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Expression::read(&deep(24)).is_ok());
    assert_eq!(Expression::read(&deep(25)), Err(BadFilter::Deep));
    assert_eq!(Expression::read(&deep(1_000)), Err(BadFilter::Deep));
    let folded = format!("{}code{} = 'a'", "CASEI(".repeat(200), ")".repeat(200));
    assert_eq!(Expression::read(&folded), Err(BadFilter::Deep));
    let long = |length: usize| format!("code = '{}'", "a".repeat(length - 9));
    assert!(Expression::read(&long(MAX_FILTER)).is_ok());
    assert_eq!(Expression::read(&long(MAX_FILTER + 1)), Err(BadFilter::Long));
    let likes = |number: usize| vec!["nom LIKE '%a%'"; number].join(" OR ");
    assert!(Expression::read(&likes(8)).is_ok());
    assert_eq!(Expression::read(&likes(9)), Err(BadFilter::Costly));
    // The slowest pattern there is: its time is bounded by the lengths.
    let slow = format!("code LIKE '{}b'", "%a".repeat(900));
    let expression = Expression::read(&slow).unwrap();
    let own = "a".repeat(5_000);
    assert_eq!(expression.holds(&|_| Some(own.as_str()), &|_| false), Some(false));
}
