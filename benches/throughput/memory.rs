//! What a server holds in memory, all its processes together.

use std::collections::HashMap;
use std::fs;

/// The memory of a process and all that descend from it, in bytes; what several share counts once (PSS).
pub fn of_tree(root: u32) -> u64 {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        if let Some(pid) = pid
            && let Some(parent) = parent(pid)
        {
            children.entry(parent).or_default().push(pid);
        }
    }
    let (mut bytes, mut open) = (0, vec![root]);
    while let Some(pid) = open.pop() {
        bytes += proportional_bytes(pid).unwrap_or(0);
        open.extend(children.remove(&pid).into_iter().flatten());
    }
    bytes
}

/// `None`: it is gone.
fn parent(pid: u32) -> Option<u32> {
    field(&format!("/proc/{pid}/status"), "PPid:")?
        .try_into()
        .ok()
}

fn proportional_bytes(pid: u32) -> Option<u64> {
    Some(field(&format!("/proc/{pid}/smaps_rollup"), "Pss:")? * 1024)
}

/// The number behind a name.
fn field(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
