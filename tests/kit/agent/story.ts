/** The smallest whole story: one chapter, a narrator and a character. */
export const STORY = {
    title: "The Lantern",
    characters: ["Mina"],
    chapters: [
        {
            chapter_number: 1,
            title: "Dusk",
            lines: [
                { speaker: "Narrator", text: "It got dark." },
                { speaker: "Mina", text: '"Who is there?"' },
            ],
        },
    ],
};
