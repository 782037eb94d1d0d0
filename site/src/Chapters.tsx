import { type Line, regenerateImage, regenerateSegment, type StoryDetail } from "./api.ts";
import { Change } from "./Change.tsx";

const NARRATOR = "Narrator";
/** How many colours there are for speakers, in the style sheet. */
const COLOURS = 5;

interface ChaptersProps {
    story: StoryDetail;
    /** Addresses of the pictures, one for each chapter, or none. */
    images: string[];
    /** Shows what was made again. */
    onChange: (part: "segment" | "picture") => Promise<void>;
}

/** The chapters, each beside its picture. Single parts of a finished story can be made again. */
export function Chapters({ story, images, onChange }: ChaptersProps) {
    const { session_id: id } = story;
    const isFinished = story.status === "completed";
    const chapters = story.structured_story?.chapters ?? [];
    const colourOf = coloursOf(chapters.flatMap((chapter) => chapter.lines));
    return chapters.map((chapter, index) => {
        const heading = `chapter-${chapter.chapter_number}`;
        // Segments are counted over the whole story.
        const before = chapters.slice(0, index).reduce((sum, { lines }) => sum + lines.length, 0);
        return (
            <section key={chapter.chapter_number} className="chapter" aria-labelledby={heading}>
                <h2 id={heading}>
                    <span className="note">Chapter {chapter.chapter_number}</span> {chapter.title}
                </h2>
                {images[index] && (
                    <figure>
                        <img src={images[index]} alt={`Chapter ${chapter.chapter_number}: ${chapter.title}`} />
                        {isFinished && (
                            <figcaption>
                                <Change
                                    what={`picture ${index + 1}`}
                                    apply={(wish) => regenerateImage(id, index + 1, wish)}
                                    done={() => onChange("picture")}
                                />
                            </figcaption>
                        )}
                    </figure>
                )}
                <dl className="lines">
                    {chapter.lines.map((line, at) => {
                        const number = before + at + 1;
                        return (
                            <div key={number} className={`line ${colourOf(line.speaker)}`}>
                                <dt>{line.speaker}</dt>
                                <dd>
                                    {line.text}
                                    {isFinished && (
                                        <Change
                                            what={`line ${number}`}
                                            apply={(wish) => regenerateSegment(id, number, wish)}
                                            done={() => onChange("segment")}
                                        />
                                    )}
                                </dd>
                            </div>
                        );
                    })}
                </dl>
            </section>
        );
    });
}

/** The style of each speaker, in the order in which they first speak. */
function coloursOf(lines: Line[]): (speaker: string) => string {
    const speakers = [...new Set(lines.map(({ speaker }) => speaker))].filter((speaker) => speaker !== NARRATOR);
    return (speaker) => (speaker === NARRATOR ? "narrator" : `speaker-${(speakers.indexOf(speaker) % COLOURS) + 1}`);
}
