use std::collections::HashSet;

use super::*;

#[test]
fn every_line_of_the_lists_has_three_columns_and_stands_once() {
    for (name, list) in LISTS
        .iter()
        .chain([&FUNCTION_WORDS])
        .zip(["meanings", "dictionary", "function-words"])
        .map(|(list, name)| (name, list))
    {
        let mut seen = HashSet::new();
        for (number, line) in list.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            let at = format!("{name}.txt:{}: {line:?}", number + 1);
            let columns: Vec<&str> = line.split('|').collect();
            assert_eq!(columns.len(), 3, "{at}");
            assert!(!columns[0].is_empty() && columns[0] == columns[0].trim(), "{at}");
            assert!(columns[1..].iter().any(|column| !column.is_empty()), "{at}");
            for column in &columns[1..] {
                let members: Vec<&str> = column.split(", ").collect();
                assert!(members.iter().all(|member| member.trim() == *member), "{at}");
                assert_eq!(members.iter().collect::<HashSet<_>>().len(), members.len(), "{at}");
                let longest = members.iter().map(|member| member.split_whitespace().count()).max();
                assert!(longest <= Some(MOST_OF_PHRASE), "{at}");
            }
            assert!(seen.insert(line), "{at} twice");
        }
        assert!(!seen.is_empty(), "{name}");
    }
}
