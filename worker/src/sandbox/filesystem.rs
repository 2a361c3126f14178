//! Landlock: reading only what is given, creating files only in the worker's own staging folder, no TCP, no
//! signals to other processes. Folders cannot be listed: the supervisor says what to read.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};
use recipe::WirePath;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// The rights that are taken away are those of this ABI (Linux 6.12); an older kernel takes away those it
/// knows.
const WANTED: ABI = ABI::V6;
/// The ABI without which files could be emptied although they cannot be written: less is reported as missing.
const ENOUGH: ABI = ABI::V3;

/// What Landlock does from now on.
#[derive(Debug)]
pub(super) struct InForce {
    /// The ABI that kernel and crate agree on, if Landlock is there at all.
    pub(super) abi: Option<u32>,
    /// What falls short, in words.
    pub(super) missing: Option<String>,
}

/// Restricts the calling thread and those it starts from now on.
pub(super) fn restrict(readable: &[WirePath], writable: &[WirePath]) -> Result<InForce, RulesetError> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(WANTED))?
        .handle_access(AccessNet::from_all(WANTED))?
        .scope(Scope::from_all(WANTED))?
        .create()?;
    let ruleset = allow(ruleset, readable, AccessFs::ReadFile.into())?;
    let ruleset = allow(ruleset, writable, AccessFs::MakeReg | AccessFs::WriteFile)?;
    let status = ruleset.restrict_self()?;
    Ok(match status.landlock {
        LandlockStatus::NotEnabled => {
            InForce { abi: None, missing: Some("landlock: switched off in this kernel".to_owned()) }
        }
        LandlockStatus::NotImplemented => {
            InForce { abi: None, missing: Some("landlock: not in this kernel".to_owned()) }
        }
        LandlockStatus::Available { effective_abi, .. } => {
            let abi = effective_abi as u32;
            let old = || format!("landlock: this kernel's ABI {abi} is too old");
            match refusal() {
                Ok(()) => InForce { abi: Some(abi), missing: (effective_abi < ENOUGH).then(old) },
                Err(seen) => InForce { abi: None, missing: Some(seen) },
            }
        }
    })
}

/// Tries something that anybody may do and only Landlock refuses.
fn refusal() -> Result<(), String> {
    match rustix::fs::open("/dev/null", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()) {
        Err(Errno::ACCESS) => Ok(()),
        Ok(_) => Err("landlock: in force by its own account, but /dev/null can be opened".to_owned()),
        Err(error) => Err(format!("landlock: it could not be tried out (/dev/null: {error})")),
    }
}

/// Allows the access beneath each path, as far as it makes sense for what is there. A path that cannot be
/// opened now gets no rule: it cannot be opened later either, and the job that needs it says so.
fn allow(
    mut ruleset: RulesetCreated,
    paths: &[WirePath],
    access: landlock::BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    for path in paths {
        let Ok(folder) = PathFd::new(path.as_path()) else { continue };
        let access = if path.as_path().is_dir() { access } else { access & AccessFs::from_file(WANTED) };
        ruleset = ruleset.add_rule(PathBeneath::new(folder, access))?;
    }
    Ok(ruleset)
}
