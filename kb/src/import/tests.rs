use super::*;

fn read(path: &str, text: &str) -> Result<Article, (Option<usize>, String)> {
    parse(Path::new(path), text, 5)
}

#[test]
fn yaml_like_toml_and_bare_files_are_read() {
    let yaml = read(
        "x/toner.md",
        "---\ntitle: \"Change: the toner\"\nlanguage: pt-BR\nkind: faq\nslug: trocar\ngroup: toner\nstatus: draft\n\
         # a remark\nquestions:\n  - is it empty?\n  - 'how: so'\n---\n\nBody.\n",
    )
    .unwrap();
    assert_eq!(
        (yaml.id.as_str(), yaml.title.as_str(), yaml.group.as_str()),
        ("pt/trocar", "Change: the toner", "toner")
    );
    assert_eq!((yaml.kind, yaml.status), (ArticleKind::Faq, ArticleStatus::Draft));
    assert_eq!(yaml.questions, ["is it empty?", "how: so"]);
    assert_eq!((yaml.body.as_str(), yaml.version, yaml.updated_at), ("Body.", 1, 5));

    let toml = read(
        "en/a.md",
        "+++\r\ntitle = \"A\"\r\nquestions = [\"one\", \"two\"]\r\n+++\r\nBody",
    )
    .unwrap();
    assert_eq!((toml.id.as_str(), toml.questions.len()), ("en/a", 2));

    let inline = read("en/a.md", "---\ntitle: A\nquestions: [\"a, b\", c]\n---\nx").unwrap();
    assert_eq!(inline.questions, ["a, b", "c"]);

    let bare = read("help/Cómo pagar.es.md", "\u{feff}# Cómo pagar\n\nCon tarjeta.").unwrap();
    assert_eq!(
        (bare.id.as_str(), bare.title.as_str(), bare.body.as_str()),
        ("es/como-pagar", "Cómo pagar", "Con tarjeta.")
    );
    assert_eq!((bare.kind, bare.status), (ArticleKind::Guide, ArticleStatus::Published));
}

#[test]
fn faults_name_the_line_and_the_remedy() {
    for (path, text, line, part) in [
        ("en/a.md", "---\ntitle: A\n", Some(1), "no second `---`"),
        (
            "en/a.md",
            "---\ntitle: A\nauthor: me\n---\nx",
            Some(3),
            "expected one of",
        ),
        ("en/a.md", "---\ntitle: A\ntitle: B\n---\nx", Some(3), "twice"),
        ("en/a.md", "---\ntitle A\n---\nx", Some(2), "key: value"),
        ("en/a.md", "---\n- a\n---\nx", Some(2), "outside `questions:`"),
        (
            "en/a.md",
            "---\ntitle: A\nkind: essay\n---\nx",
            Some(3),
            "guide, faq, manual",
        ),
        (
            "en/a.md",
            "---\ntitle: A\nstatus: live\n---\nx",
            Some(3),
            "draft, published",
        ),
        ("en/a.md", "---\ntitle: A\nlanguage: fr\n---\nx", Some(3), "en, es, pt"),
        ("en/a.md", "---\ntitle:\n---\nx", Some(2), "empty"),
        (
            "en/a.md",
            "---\ntitle: A\nslug: Ñandú y más\n---\nx",
            Some(3),
            "`nandu-y-mas`",
        ),
        (
            "en/a.md",
            "---\ntitle: A\nquestions: why\n---\nx",
            Some(3),
            "- question",
        ),
        (
            "en/a.md",
            "---\ntitle: A\n---\n  \n",
            None,
            "neither text nor questions",
        ),
        ("en/a.md", "just text", None, "no title"),
        ("a.md", "# A\nx", None, "no language"),
        ("enclosures/a.md", "# A\nx", None, "no language"),
        ("en/….md", "# A\nx", None, "slug"),
        ("en/a.md", "+++\ntitle = \n+++\nx", Some(2), "TOML"),
        ("en/a.md", "+++\ntitle = 7\n+++\nx", Some(2), "`title`"),
    ] {
        let (at, what) = read(path, text).expect_err(text);
        assert!(what.contains(part), "{text:?}: {what}");
        assert_eq!(at, line, "{text:?}: {what}");
    }
}

#[test]
fn good_files_are_imported_beside_bad_ones() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    put("en/good.md", b"# Good\nText.");
    put("es/deep/er/bueno.md", "# Bueno\nTexto.".as_bytes());
    put("en/bad.md", b"no title");
    put("en/latin1.md", b"# Caf\xe9\nText.");
    put("en/twin.md", b"---\ntitle: T\nslug: good\n---\nx");
    put("en/notes.txt", b"not an article");
    put(".git/x.md", b"# Hidden\nx");
    let imported = import_dir(dir.path(), 0).unwrap();
    let ids: Vec<&str> = imported.articles.iter().map(|article| article.id.as_str()).collect();
    assert_eq!(ids, ["en/good", "es/bueno"]);
    let problems: Vec<String> = imported.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems[0].contains("bad.md: has no title"));
    assert!(problems[1].contains("latin1.md:1: is not UTF-8"));
    assert!(problems[2].contains("twin.md") && problems[2].contains("good.md"));
}

#[test]
fn an_empty_or_missing_folder_is_said() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(import_dir(dir.path(), 0).unwrap().problems.len(), 1);
    assert!(import_dir(&dir.path().join("none"), 0).is_err());
}
