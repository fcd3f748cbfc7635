//! Files of invoices that were written elsewhere.

use ::billing::customers;
use ::billing::import::{self, Kind};
use ::billing::listing::{self, Filter};
use conversation::contacts;
use conversation::types::{Actor, Channel, IdentityKind};

use super::billing;
use crate::core::bed::{Bed, both, whatsapp};

both!(
    a_file_is_checked_then_imported_once,
    what_cannot_be_taken_is_said_row_by_row,
    customers_come_from_a_file,
    the_examples_can_be_brought_as_they_are,
    who_wrote_by_whatsapp_before_is_the_customer_of_that_number,
);

const FILE: &str = "\
number,customer,email,issued_on,due_on,currency,description,quantity,unit_price,tax,paid
F-1,Ana,ana@example.com,2023-10-01,2023-10-16,USD,Lease,1,100.00,IVA 16,116
F-1,Ana,ana@example.com,2023-10-01,2023-10-16,USD,Copies,250,0.02,IVA 16,
F-2,Bob,,01/11/2023,,EUR,\"Toner, black\",2,\"1.234,50\",,
";

async fn run(bed: &Bed, file: &[u8]) -> import::Import {
    check(bed, Kind::Invoices, file).await
}

async fn check(bed: &Bed, kind: Kind, file: &[u8]) -> import::Import {
    let billing = billing(bed);
    let id = import::begin(&billing, &Actor::System, kind, "f.csv", file)
        .await
        .unwrap();
    import::run(&billing).await.unwrap();
    import::load(bed.store.db(), &id).await.unwrap()
}

async fn documents(bed: &Bed) -> Vec<(String, i64, i64)> {
    let mut all: Vec<_> = listing::list(bed.store.db(), &Filter::default(), None, 5_000)
        .await
        .unwrap()
        .into_iter()
        .map(|document| (document.number.unwrap_or_default(), document.total, document.paid))
        .collect();
    all.sort();
    all
}

async fn a_file_is_checked_then_imported_once(bed: Bed) {
    let billing = billing(&bed);
    for round in 0..2 {
        let checked = run(&bed, FILE.as_bytes()).await;
        let known = if round == 0 { 0 } else { 2 };
        assert_eq!(
            (
                checked.state.as_str(),
                checked.rows_total,
                checked.rows_known,
                checked.rows_wrong
            ),
            ("checked", 2, known, 0),
            "{}",
            checked.report
        );
        assert_eq!(documents(&bed).await.len(), known as usize, "a check writes nothing");
        import::confirm(&billing, &Actor::System, &checked.id).await.unwrap();
        assert!(import::confirm(&billing, &Actor::System, &checked.id).await.is_err());
        import::run(&billing).await.unwrap();
        let done = import::load(bed.store.db(), &checked.id).await.unwrap();
        assert_eq!((done.state.as_str(), done.rows_done), ("done", 2));
        assert_eq!(
            documents(&bed).await,
            [("F-1".to_owned(), 12_180, 11_600), ("F-2".to_owned(), 246_900, 0)]
        );
    }
    // The same file with a later state of the payments takes them over, once.
    let later = FILE.replace(",116\n", ",121.80\n");
    for _ in 0..2 {
        let checked = run(&bed, later.as_bytes()).await;
        import::confirm(&billing, &Actor::System, &checked.id).await.unwrap();
        import::run(&billing).await.unwrap();
        assert_eq!(documents(&bed).await[0], ("F-1".to_owned(), 12_180, 12_180));
    }
    bed.check().await;
}

async fn what_cannot_be_taken_is_said_row_by_row(bed: Bed) {
    let file = "\
number;customer;issued_on;description;unit_price;quantity;currency;email
A-1;Ana;2023-10-01;Lease;10,00;1;USD;
A-2;Ana;2023-13-01;Lease;10,00;1;USD;
A-3;=HYPERLINK(\"x\");2023-10-01;Lease;10,00;1;USD;
A-4;Ana;2023-10-01;@SUM(A1);10,00;1;USD;
A-5;Ana;2023-10-01;Lease;=1+1;1;USD;
A-6;Ana;2023-10-01;Lease;10,00;x;USD;
A-7;Ana;2023-10-01;Lease;10,00;1;XXX;
A-8;Ana;2023-10-01;Lease;10,00;1;USD;nobody
;Ana;2023-10-01;Lease;10,00;1;USD;
A-9;;2023-10-01;Lease;10,00;1;USD;
A-1;Bob;2023-10-01;Lease;10,00;1;USD;
A-10;Ana;2023-10-01;Lease;99999999999999999999;1;USD;
A-11;Ana;2023-10-01;Fine;10,00;1;USD;
";
    let checked = run(&bed, file.as_bytes()).await;
    let wrongs: Vec<(usize, String)> = checked
        .wrongs()
        .into_iter()
        .map(|wrong| (wrong.line, wrong.column))
        .collect();
    let expected = [
        (3, "issued_on"),
        (4, "customer"),
        (5, "description"),
        (6, "unit_price"),
        (7, "quantity"),
        (8, "currency"),
        (9, "email"),
        (10, "number"),
        (11, "customer"),
        (12, "number"),
        (13, "unit_price"),
    ];
    let expected: Vec<(usize, String)> = expected
        .iter()
        .map(|(line, column)| (*line, (*column).to_owned()))
        .collect();
    assert_eq!(wrongs, expected);
    assert_eq!((checked.rows_new, checked.rows_wrong), (1, 11), "only A-11 is whole");
    for (bytes, words) in [
        (&b"PK\x03\x04"[..], "save it as CSV"),
        (b"a,b\n\"x", "never closed"),
        (b"foo,bar\n1,2\n", "missing"),
    ] {
        let failed = run(&bed, bytes).await;
        assert_eq!(failed.state, "failed");
        assert!(failed.report.contains(words), "{}", failed.report);
    }
    assert!(documents(&bed).await.is_empty());
    bed.check().await;
}

async fn customers_come_from_a_file(bed: Bed) {
    let billing = billing(&bed);
    let file = "\
Nombre;Correo;Empresa;RUC;Dirección;Idioma
Panadería Sol;sol@example.com;sí;179001;\"Av. 1
Quito\";es
;nobody@example.com;;;;
Taller Luna;not an address;;;;
Rosa Paz;rosa@example.com;Ferretería Clavo;;;
Luis Paz;luis@example.com;Ferretería Clavo;;;
Padaria Rio;rio@example.com;no;;;pt
Panadería Sol;SOL@example.com;;;;
Kiosko;;;;;
Kiosko;;;;;
";
    let all = async || {
        let mut names: Vec<_> = customers::list(bed.store.db(), "", None, 50)
            .await
            .unwrap()
            .into_iter()
            .map(|one| (one.name, one.email.unwrap_or_default(), one.language.to_string()))
            .collect();
        names.sort();
        names
    };
    for round in 0..2_i64 {
        let checked = check(&bed, Kind::Customers, file.as_bytes()).await;
        let wrong: Vec<_> = checked
            .wrongs()
            .into_iter()
            .map(|wrong| (wrong.line, wrong.column, wrong.why))
            .collect();
        let said: Vec<_> = wrong
            .iter()
            .map(|(line, column, why)| (*line, column.as_str(), why.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                (4, "name", "empty"),
                (5, "email", "not an e-mail address"),
                (9, "email", "line 2 says the same"),
                (11, "name", "line 10 says the same"),
            ]
        );
        assert_eq!(
            (checked.state.as_str(), checked.rows_total, checked.rows_known),
            ("checked", 5, 5 * round)
        );
        assert_eq!(all().await.len() as i64, 4 * round, "a check writes nothing");
        import::confirm(&billing, &Actor::System, &checked.id).await.unwrap();
        import::run(&billing).await.unwrap();
        let done = import::load(bed.store.db(), &checked.id).await.unwrap();
        assert_eq!(
            (done.state.as_str(), done.rows_new, done.rows_known),
            ("done", 5 - 5 * round, 5 * round)
        );
        let word = |text: &str| text.to_owned();
        assert_eq!(
            all().await,
            [
                (word("Ferretería Clavo"), word("rosa@example.com"), word("en")),
                (word("Kiosko"), String::new(), word("en")),
                (word("Padaria Rio"), word("rio@example.com"), word("pt")),
                (word("Panadería Sol"), word("sol@example.com"), word("es")),
            ]
        );
    }
    let sol = customers::by_email(bed.store.db(), "sol@example.com")
        .await
        .unwrap()
        .unwrap();
    assert!(
        sol.company_id.is_some(),
        "a company: its people see what is billed to it"
    );
    assert_eq!((sol.tax_id.as_str(), sol.address.as_str()), ("179001", "Av. 1\nQuito"));
    for (name, address) in [("Rosa Paz", "rosa@example.com"), ("Luis Paz", "luis@example.com")] {
        let known = contacts::by_identity(bed.store.db(), IdentityKind::Email, address)
            .await
            .unwrap();
        let (person, _) = known.unwrap();
        assert_eq!(person.name, name, "who it is of the company");
        assert!(person.company_id.is_some(), "{name}");
    }
    let file = "correo\nsol@example.com\n";
    let checked = check(&bed, Kind::Customers, file.as_bytes()).await;
    assert_eq!(
        (checked.state.as_str(), checked.wrongs()[0].column.as_str()),
        ("failed", "name")
    );
    bed.check().await;
}

async fn the_examples_can_be_brought_as_they_are(bed: Bed) {
    let billing = billing(&bed);
    for kind in Kind::ALL {
        let checked = check(&bed, *kind, import::example(*kind).as_bytes()).await;
        assert!(checked.wrongs().is_empty(), "{kind}: {:?}", checked.wrongs());
        import::confirm(&billing, &Actor::System, &checked.id).await.unwrap();
        import::run(&billing).await.unwrap();
        let done = import::load(bed.store.db(), &checked.id).await.unwrap();
        assert_eq!(
            (done.state.as_str(), done.rows_wrong),
            ("done", 0),
            "{kind}: {}",
            done.report
        );
        assert!(done.rows_new > 0, "{kind}");
        // Every column that is promised stands in it.
        let head = import::example(*kind).lines().next().unwrap();
        let promised: Vec<_> = import::heads(*kind)
            .split(", ")
            .map(|name| name.trim_end_matches('*'))
            .collect();
        assert_eq!(head.split(',').collect::<Vec<_>>(), promised, "{kind}");
    }
    bed.check().await;
}

async fn who_wrote_by_whatsapp_before_is_the_customer_of_that_number(bed: Bed) {
    let billing = billing(&bed);
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let filed = bed.file(&whatsapp(&inbox, "525512345678", "w.1", "Hola")).await;
    let writer = filed.contact.expect("filed");
    // As a spreadsheet writes it: the plus sign gone, in the form that Mexico used before.
    let file = "name,email,phone\nRosa Paz,rosa@example.com,5215512345678\nLuis Sol,luis@example.com,+52 55 1234 5678\n\
                Eva Mar,eva@example.com,12\n";
    let checked = check(&bed, Kind::Customers, file.as_bytes()).await;
    let wrong: Vec<_> = checked
        .wrongs()
        .into_iter()
        .map(|wrong| (wrong.line, wrong.column))
        .collect();
    assert_eq!(wrong, [(4, "phone".to_owned())]);
    import::confirm(&billing, &Actor::System, &checked.id).await.unwrap();
    import::run(&billing).await.unwrap();
    let rosa = customers::by_email(bed.store.db(), "rosa@example.com")
        .await
        .unwrap()
        .expect("the first row");
    assert_eq!(
        customers::of_contact(bed.store.db(), &writer).await.unwrap(),
        std::slice::from_ref(&rosa.id)
    );
    let phones = customers::phones(bed.store.db(), std::slice::from_ref(&rosa))
        .await
        .unwrap();
    assert_eq!(phones.get(&rosa.id).map(String::as_str), Some("+525512345678"));
    // Two customers do not become one because a file gives both the same number.
    let luis = customers::by_email(bed.store.db(), "luis@example.com").await.unwrap();
    assert!(luis.is_none(), "{luis:?}");
    let done = import::load(bed.store.db(), &checked.id).await.unwrap();
    assert!(done.report.contains("belongs to another customer"), "{}", done.report);
    bed.check().await;
}
