//! Where a command stands before it begins: which settings are meant, whose data folder it is, whether anything is there. Typed in the wrong place
//! it would otherwise make an empty installation, back that up, and say that all is well.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::config::Config;

/// Where the Debian package keeps its settings.
const SYSTEM: &str = "/etc/switchboard/switchboard.toml";
/// What says where the data are, without a file.
const PLACES: [&str; 3] = [
    "SWITCHBOARD__DATA__DIR",
    "SWITCHBOARD__DATABASE__URL",
    "SWITCHBOARD__DATABASE__URL_FILE",
];
/// What whoever serves a folder leaves in it.
const LEFT: [&str; 3] = ["switchboard.db", "instance.key", "serve.lock"];

/// The file of settings that is meant: the one that is named, the one of this folder, else the one of the Debian package.
///
/// # Errors
/// When that may not be read, with what to type.
pub(super) fn settings(named: Option<&Path>) -> Result<Option<PathBuf>> {
    if named.is_some() || PLACES.iter().any(|name| std::env::var_os(name).is_some()) {
        return Ok(named.map(Path::to_owned));
    }
    of_this_machine(Path::new(""), Path::new(SYSTEM))
}

fn of_this_machine(here: &Path, system: &Path) -> Result<Option<PathBuf>> {
    if here.join("switchboard.toml").exists() || here.join("data").exists() {
        return Ok(None);
    }
    match File::open(system) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => bail!(
            "the Switchboard of this machine has its settings in {}, which you may not read; type: sudo -u switchboard switchboard … (or name the settings of another one: --config FILE)",
            system.display()
        ),
        opened => Ok(opened.is_ok().then(|| system.to_owned())),
    }
}

/// Makes sure that there is something to work on.
///
/// # Errors
/// Where no database is in the data folder and none is configured.
pub(super) fn is_there(config: &Config) -> Result<()> {
    match missing(config) {
        None => Ok(()),
        Some(place) => bail!(
            "there is no installation in {}; if yours is somewhere else, say where: --config FILE, or SWITCHBOARD__DATA__DIR=FOLDER",
            place.display()
        ),
    }
}

/// The data folder, where no database is in it and none is configured.
pub(super) fn missing(config: &Config) -> Option<PathBuf> {
    let is_missing = config.database.url.is_none() && !config.data.dir.join("switchboard.db").exists();
    is_missing.then(|| std::path::absolute(&config.data.dir).unwrap_or_else(|_| config.data.dir.clone()))
}

/// Makes sure that root leaves no files in a data folder that the service, which is not root, could not change any more.
///
/// # Errors
/// Names the user who has to do it.
pub(super) fn is_ours(config: &Config) -> Result<()> {
    let me = std::fs::metadata("/proc/self").map(|about| about.uid()).ok();
    let dir = &config.data.dir;
    let left = LEFT.iter().find_map(|name| std::fs::metadata(dir.join(name)).ok());
    let owner = left.map(|about| about.uid());
    match (me, owner) {
        (Some(0), Some(owner)) if owner != 0 => {
            let name = name_of(owner, &std::fs::read_to_string("/etc/passwd").unwrap_or_default());
            bail!(
                "the data folder {} belongs to `{name}`, who could not change what root writes there; type: sudo -u {name} switchboard …",
                dir.display()
            )
        }
        _ => Ok(()),
    }
}

/// The name of a user in `/etc/passwd`, else `#` and the number, as sudo takes it.
fn name_of(user: u32, passwd: &str) -> String {
    let name = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(user)).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("#{user}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_means_the_settings_of_its_folder_else_those_of_the_machine() {
        let folder = tempfile::tempdir().unwrap();
        let (here, system) = (folder.path(), folder.path().join("etc.toml"));
        assert_eq!(of_this_machine(here, &system).unwrap(), None, "there is none");
        std::fs::write(&system, "").unwrap();
        assert_eq!(of_this_machine(here, &system).unwrap(), Some(system.clone()));
        std::fs::create_dir(here.join("data")).unwrap();
        assert_eq!(of_this_machine(here, &system).unwrap(), None, "data of its own");
        std::fs::remove_dir(here.join("data")).unwrap();
        std::fs::write(here.join("switchboard.toml"), "").unwrap();
        assert_eq!(of_this_machine(here, &system).unwrap(), None, "settings of its own");
    }

    #[test]
    fn a_user_is_called_by_name_where_there_is_one() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nswitchboard:x:110:115:Switchboard:/var/lib/switchboard:/usr/sbin/nologin\n";
        assert_eq!(name_of(110, passwd), "switchboard");
        assert_eq!(name_of(10_001, passwd), "#10001");
        assert_eq!(name_of(0, passwd), "root");
        assert_eq!(name_of(7, "broken\n:\n"), "#7");
    }
}
