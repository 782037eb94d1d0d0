/** Icons of tones and readers, in one line style. */

const PATHS = {
    warm: "M12 20s-7-4.4-7-9.4A3.9 3.9 0 0 1 12 8a3.9 3.9 0 0 1 7 2.6C19 15.6 12 20 12 20z",
    funny: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM7.5 13a4.6 4.6 0 0 0 9 0zM9 9.3v.4M15 9.3v.4",
    adventurous: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM15.5 8.5l-2.2 4.8-4.8 2.2 2.2-4.8z",
    mysterious: "M19 14.5A7.5 7.5 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5zM17 4v3M15.5 5.5h3",
    calm: "M4 9c2.7-2.6 5.3 2.6 8 0s5.3 2.6 8 0M4 14c2.7-2.6 5.3 2.6 8 0s5.3 2.6 8 0",
    children:
        "M8 8.5a4 4 0 1 0 8 0 4 4 0 1 0-8 0zM6.5 6a2 2 0 1 1 2-2M17.5 6a2 2 0 1 0-2-2M8.5 12.2C6.5 13.5 6 16 6.5 20h11c.5-4 0-6.5-2-7.8",
    teenagers: "M5 14v-2a7 7 0 0 1 14 0v2M5 14h2.5v5H6a1 1 0 0 1-1-1zM19 14h-2.5v5H18a1 1 0 0 0 1-1z",
    adults: "M12 6.5C10 5 7 4.6 4 5v13c3-.4 6 0 8 1.5 2-1.5 5-1.9 8-1.5V5c-3-.4-6 0-8 1.5zM12 6.5v13",
    everybody:
        "M8.5 10.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3.5 19c0-3.5 2-6 5-6s5 2.5 5 6M16.5 11.5a2.2 2.2 0 1 0 0-4.5M16.5 14c2.5 0 4 2 4 5",
} as const;

export const Picture = ({ of }: { of: string }) => (
    <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={PATHS[of as keyof typeof PATHS]} />
    </svg>
);
