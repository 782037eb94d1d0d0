/** Suggestions: each is a complete topic. The English ones are the keys of the translations. */
export const IDEAS = [
    "A hedgehog who opens a night-time bakery for owls",
    "A lighthouse keeper who collects lost messages",
    "The last dragon is afraid of candles",
    "Two sisters build a boat out of their grandmother's piano",
    "A robot who learns to garden on the moon",
    "The cloud that did not want to rain",
    "A detective fox and the case of the missing colours",
    "A train that stops at every dream",
    "The whale who wanted to see the mountains",
    "A girl who can hear what old houses say",
    "The knight who knitted instead of fighting",
    "A map that shows a different island every morning",
    "The snail who delivered express letters",
    "How the first bees found their dance",
    "A night in the museum, when the paintings swap places",
    "The boy whose shadow went on holiday",
] as const;

/** `count` random suggestions. */
export function someIdeas(count: number): string[] {
    const left: string[] = [...IDEAS];
    return Array.from({ length: count }, () => left.splice(Math.floor(Math.random() * left.length), 1)[0] ?? "");
}
