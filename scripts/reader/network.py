"""The reader's network in torch, for training.

``tacrochat.ranking.reading.network`` is the same with NumPy.

Words of question and passage come with frozen vectors. They are compared with
each other (the best match of each word, and the words it is aligned with; Chen
et al., 2017), and then a small transformer reads both together, as TK does
(Hofstätter et al., 2020).
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tacrochat.ranking.reading.features import WORD_FEATURES

MATCH_FEATURES = 7
_SHARPNESS = 8.0


@dataclass(slots=True)
class Batch:
    """Pairs of question and passage; Q and P are the longest question and passage of the batch.

    ``q_*`` are ``(pairs, Q, …)``, ``p_*`` ``(pairs, P, …)``: vectors, static vectors,
    features, stems, and which places hold a word. ``sentence`` is ``(pairs, P)``.
    ``in_context`` is ``(pairs, Q)``: whether the context of the passage has the word.
    """

    q_vectors: Tensor
    p_vectors: Tensor
    q_static: Tensor
    p_static: Tensor
    q_features: Tensor
    p_features: Tensor
    q_stems: Tensor
    p_stems: Tensor
    q_mask: Tensor
    p_mask: Tensor
    sentence: Tensor
    in_context: Tensor


class Block(nn.Module):
    """Self-attention and a feed-forward layer, each after a layer norm (Xiong et al., 2020)."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, h: Tensor, mask: Tensor) -> Tensor:
        """Return the words, ``(pairs, words, width)``, after they have read each other."""
        b, t, d = h.shape
        q, k, v = self.qkv(self.norm1(h)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        # Written out: torch's own attention is several times slower on the way back, on a processor.
        weights = (q @ k.transpose(2, 3) * (d // self.heads) ** -0.5).masked_fill(
            ~mask[:, None, None, :], -1e4
        )
        read = weights.softmax(-1).to(v) @ v
        h = h + self.out(read.transpose(1, 2).reshape(b, t, d))
        return h + self.dropout(self.down(F.relu(self.up(self.norm2(h)))))


class Network(nn.Module):
    """Judges pairs; see ``forward``."""

    def __init__(
        self, dimension: int = 384, width: int = 128, layers: int = 3, heads: int = 4, inner: int = 256,
        dropout: float = 0.1, *, static: bool = True, contextual: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.width = width
        self.use_static, self.use_contextual = static, contextual
        self.contextual, self.static = nn.Linear(dimension, width), nn.Linear(dimension, width, bias=False)
        self.features = nn.Linear(WORD_FEATURES + MATCH_FEATURES, width)
        self.side = nn.Parameter(torch.randn(2, width) * 0.02)
        self.place = nn.Linear(32, width, bias=False)
        self.aligned = nn.Linear(2 * width, width)
        self.blocks = nn.ModuleList(Block(width, heads, inner, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.words = nn.Linear(width, 4)  # start, end, sentence, weight in the mean of the passage
        self.judge = nn.Sequential(nn.Linear(4 * width + 1, 64), nn.ReLU(), nn.Linear(64, 1))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the log-odds that each passage answers, ``(pairs,)``, and for each of its words.

        the scores that the answer starts there, ends there, and of its sentence, each ``(pairs, P)``.
        """
        q_count = x.q_mask.shape[1]
        c_q, c_p = F.normalize(x.q_vectors.float(), dim=-1), F.normalize(x.p_vectors.float(), dim=-1)
        contextual = similarities(c_q, c_p, x)
        static = similarities(x.q_static.float(), x.p_static.float(), x)
        q_match, p_match = match_features(x, contextual, static)
        h = self.features(
            torch.cat([torch.cat([x.q_features, q_match], 2), torch.cat([x.p_features, p_match], 2)], 1)
        )
        scale = 384**0.5
        if self.use_contextual:
            h = h + self.contextual(torch.cat([c_q, c_p], 1) * scale)
        if self.use_static:
            h = h + self.static(torch.cat([x.q_static, x.p_static], 1).float() * scale)
        h = h + self.place(places(q_count, x.p_mask.shape[1]).to(h))
        h = h + torch.cat([self.side[:1].expand(q_count, -1), self.side[1:].expand(x.p_mask.shape[1], -1)])
        h = self.dropout(h)
        h = h + self.aligned(alignment(h[:, :q_count], h[:, q_count:], contextual, x))
        mask = torch.cat([x.q_mask, x.p_mask], 1)
        for block in self.blocks:
            h = block(h, mask)
        h = self.norm(h)
        scores = self.words(h[:, q_count:]).float()
        start, end, sentence, weight = scores.masked_fill(~x.p_mask[..., None], -1e4).unbind(-1)
        hq, hp = h[:, :q_count], h[:, q_count:]
        pooled = [
            (hq * x.q_mask[..., None]).sum(1) / x.q_mask.sum(1, keepdim=True).clamp(min=1),
            hq.masked_fill(~x.q_mask[..., None], -1e4).amax(1),
            (weight.softmax(1)[..., None].to(hp) * hp).sum(1),
            hp.masked_fill(~x.p_mask[..., None], -1e4).amax(1),
            sentence.amax(1, keepdim=True).to(hp),
        ]
        return self.judge(torch.cat(pooled, 1))[:, 0].float(), start, end, sentence


def similarities(q: Tensor, p: Tensor, x: Batch) -> Tensor:
    """Return the cosines of words, ``(pairs, Q, P)``, -1 where there is no word."""
    return (q @ p.transpose(1, 2)).masked_fill(~(x.q_mask[:, :, None] & x.p_mask[:, None, :]), -1)


def match_features(x: Batch, contextual: Tensor, static: Tensor) -> tuple[Tensor, Tensor]:
    """Return for each word of the questions and of the passages how it is matched on the other side.

    ``(pairs, Q, MATCH_FEATURES)`` and ``(pairs, P, MATCH_FEATURES)``: the same stem,
    the same among content words, the best and second cosine in context, the best
    cosine of static vectors. For a word of the question: its match in the sentence
    that matches the question best, and whether the context has it. For a word of
    the passage: how well its sentence matches the question, and the difference to
    the best sentence.
    """
    same = (x.q_stems[:, :, None] == x.p_stems[:, None, :]) & (x.q_mask[:, :, None] & x.p_mask[:, None, :])
    content = same & (x.q_features[:, :, None, 0] > 0)
    by_question = torch.maximum(contextual, same.float())  # (pairs, Q, P)
    count = int(x.sentence.max()) + 1
    index = x.sentence[:, None, :].expand(-1, by_question.shape[1], -1)
    in_sentence = by_question.new_full((*by_question.shape[:2], count), -1.0)
    in_sentence = in_sentence.scatter_reduce(2, index, by_question, "amax")  # (pairs, Q, sentences)
    weight = x.q_features[:, :, 0] * x.q_features[:, :, 1] * x.q_mask
    weight = weight / weight.sum(1, keepdim=True).clamp(min=1e-6)
    coverage = (in_sentence * weight[:, :, None]).sum(1)  # (pairs, sentences)
    best, at = coverage.max(1)
    of_word = coverage.gather(1, x.sentence)
    # Where there is no second word, its cosine is -1, as that of padding.
    padded = F.pad(contextual, (0, 1, 0, 1), value=-1.0)
    top_q = padded[:, :-1].topk(2, dim=2).values
    top_p = padded[:, :, :-1].topk(2, dim=1).values
    q_match = [
        same.any(2).float(), content.any(2).float(), top_q[..., 0], top_q[..., -1], static.amax(2),
        in_sentence.gather(2, at[:, None, None].expand(-1, in_sentence.shape[1], 1))[..., 0],
        x.in_context.float(),
    ]  # fmt: skip
    p_match = [
        same.any(1).float(), content.any(1).float(), top_p[:, 0], top_p[:, -1], static.amax(1),
        of_word, of_word - best[:, None],
    ]  # fmt: skip
    return torch.stack(q_match, 2), torch.stack(p_match, 2)


def alignment(q: Tensor, p: Tensor, contextual: Tensor, x: Batch) -> Tensor:
    """Return each word's product with, and difference to, the words of the other side it is aligned with."""
    logits = _SHARPNESS * contextual
    q_aligned = logits.masked_fill(~x.p_mask[:, None, :], -1e4).softmax(2).to(p) @ p
    p_aligned = logits.masked_fill(~x.q_mask[:, :, None], -1e4).softmax(1).transpose(1, 2).to(q) @ q
    h, aligned = torch.cat([q, p], 1), torch.cat([q_aligned, p_aligned], 1)
    return torch.cat([h * aligned, (h - aligned).abs()], 2)


def places(q_count: int, p_count: int) -> Tensor:
    """Return the places of the words of both sides as sines and cosines, ``(Q + P, 32)`` (Vaswani, 2017)."""
    place = torch.cat([torch.arange(q_count), torch.arange(p_count)])[:, None]
    angle = place / 400 ** (torch.arange(16) / 16)
    return torch.cat([angle.sin(), angle.cos()], 1)
