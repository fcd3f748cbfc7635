//! The published articles as pages list them, put in order once for each change: a page of ten thousand articles
//! costs as much as one of ten.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use conversation::types::Language;

use crate::article::Article;
use crate::categories::Tree;

type List = Vec<Arc<Article>>;
/// What is known of related articles; it begins anew with each change.
type Related = HashMap<String, List>;
/// Related articles are remembered for this many.
const REMEMBERED: usize = 20_000;

#[derive(Clone, Default)]
pub(super) struct Shelves {
    pub(super) tree: Arc<Tree>,
    addresses: Arc<HashMap<(Language, String), String>>,
    by_language: Arc<HashMap<Language, List>>,
    /// By language and category; an article without one, or in one that is gone, stands under `None`.
    by_category: Arc<HashMap<(Language, Option<String>), List>>,
    groups: Arc<HashMap<String, List>>,
    related: Arc<Mutex<Related>>,
}

impl Shelves {
    pub(super) fn new(articles: &BTreeMap<String, Arc<Article>>, tree: Tree) -> Shelves {
        let mut sorted: List = articles.values().cloned().collect();
        sorted.sort_by(|a, b| a.title.cmp(&b.title).then_with(|| a.id.cmp(&b.id)));
        let mut addresses = HashMap::new();
        let mut by_language: HashMap<Language, List> = HashMap::new();
        let mut by_category: HashMap<(Language, Option<String>), List> = HashMap::new();
        let mut groups: HashMap<String, List> = HashMap::new();
        for article in sorted {
            addresses.insert((article.language, article.slug.clone()), article.id.clone());
            by_language.entry(article.language).or_default().push(article.clone());
            let category = article.place.category.clone().filter(|id| tree.get(id).is_some());
            by_category
                .entry((article.language, category))
                .or_default()
                .push(article.clone());
            groups.entry(article.group.clone()).or_default().push(article);
        }
        Shelves {
            tree: Arc::new(tree),
            addresses: Arc::new(addresses),
            by_language: Arc::new(by_language),
            by_category: Arc::new(by_category),
            groups: Arc::new(groups),
            related: Arc::default(),
        }
    }

    pub(super) fn at(&self, language: Language, slug: &str) -> Option<&String> {
        self.addresses.get(&(language, slug.to_owned()))
    }

    pub(super) fn of(&self, language: Language) -> &[Arc<Article>] {
        self.by_language.get(&language).map_or(&[], Vec::as_slice)
    }

    pub(super) fn in_category(&self, language: Language, category: Option<&str>) -> &[Arc<Article>] {
        self.by_category
            .get(&(language, category.map(str::to_owned)))
            .map_or(&[], Vec::as_slice)
    }

    pub(super) fn counts(&self, language: Language) -> HashMap<String, usize> {
        self.by_category
            .iter()
            .filter_map(|((of, category), list)| (*of == language).then(|| Some((category.clone()?, list.len())))?)
            .collect()
    }

    pub(super) fn group(&self, group: &str) -> &[Arc<Article>] {
        self.groups.get(group).map_or(&[], Vec::as_slice)
    }

    pub(super) fn known_related(&self, id: &str) -> Option<List> {
        self.related
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    pub(super) fn keep_related(&self, id: &str, related: &[Arc<Article>]) {
        let mut known = self.related.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < REMEMBERED {
            known.insert(id.to_owned(), related.to_vec());
        }
    }
}
