//! Work on a layer, shared between threads.

use std::ops::Range;

/// Has work done on `0..count`: where it is `large` and this is a thread of a pool, in as many parts of equal size as the
/// pool has threads; else here, in one.
pub(super) fn share(count: usize, large: bool, work: impl Fn(Range<usize>) + Sync) {
    let parts = match rayon::current_thread_index() {
        Some(_) if large => rayon::current_num_threads().min(count),
        _ => 1,
    };
    if parts <= 1 {
        return work(0..count);
    }
    rayon::scope(|scope| {
        for part in 1..parts {
            let work = &work;
            scope.spawn(move |_| work(part * count / parts..(part + 1) * count / parts));
        }
        work(0..count / parts);
    });
}
