import sanitizeHtml from 'sanitize-html';
import { z } from 'zod';

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' };

/** Plain text: no markup, no control characters, NFC. */
function plain(text: string): string {
  return sanitizeHtml(text, { allowedTags: [], allowedAttributes: {} })
    .replace(/&(?:amp|lt|gt|quot);/g, (entity) => ENTITIES[entity] ?? entity)
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
    .normalize('NFC')
    .trim();
}

const text = (max: number) => z.string().min(1).max(max).transform(plain).pipe(z.string().min(1));

/** What a client submits. */
export const Task = z.strictObject({
  title: text(200),
  description: text(10_000),
  priority: z.enum(['low', 'medium', 'high']),
  due_date: z.iso.datetime({ offset: true }).optional(),
});

/** What is enqueued. */
export const Message = z.object({ task_id: z.uuid(), task: Task });
