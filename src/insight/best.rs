//! A bounded collection that keeps the most telling items and counts the rest.

use std::cmp::Ordering;

/// Has an order by interest.
pub(super) trait Ranked {
    /// The more telling one first; total, so that the order of arrival never shows.
    fn rank(&self, other: &Self) -> Ordering;
}

/// At most `keep` items, and how many were left out.
#[derive(Debug)]
pub(super) struct Best<T> {
    items: Vec<T>,
    keep: usize,
    left_out: u64,
}

impl<T: Ranked> Best<T> {
    pub(super) fn new(keep: usize) -> Self {
        Self { items: Vec::new(), keep: keep.max(1), left_out: 0 }
    }

    /// Takes an item; now and then drops the least telling ones, so that memory stays bounded.
    pub(super) fn push(&mut self, item: T) {
        self.items.push(item);
        if self.items.len() >= self.keep.saturating_mul(4) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.items.sort_by(Ranked::rank);
        self.left_out += self.items.len().saturating_sub(self.keep) as u64;
        self.items.truncate(self.keep);
    }

    /// The kept items, the most telling first, and how many were left out.
    pub(super) fn finish(mut self) -> (Vec<T>, u64) {
        self.cut();
        (self.items, self.left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Ranked for u32 {
        fn rank(&self, other: &Self) -> Ordering {
            other.cmp(self)
        }
    }

    #[test]
    fn the_most_telling_stay_and_the_rest_is_counted() {
        let mut best = Best::new(3);
        (0..100u32).for_each(|n| best.push(n * 37 % 100));
        assert_eq!(best.finish(), (vec![99, 98, 97], 97));
    }
}
