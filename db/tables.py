"""Every table of the hub, as typed SQLAlchemy models: the one place where tables and columns are named.

The catalogue tables (``CATALOGUE``) are what people ask about. Each of their tables and columns carries a description
(``comment``) and everyday ``info``: the prompt for a language model, the interpreter's lexicon and the reference page
are generated from it, so a column added here with its words is understood everywhere at once.

``info`` of a column:
    synonyms   words people use for it
    values     {stored value: words people use for it}, for columns with a closed set of values
    unit       what a number of it counts ("parameters")
    more/less  adjectives that mean a high or a low value of it ("big", "small")
    measure    True for the number that is meant when none is named ("models over 1B")
    positive/negative  words for true and for false, for a column that is one of them
    asked      the question word that asks for it ("when")
    verbs      of a foreign key: words for what the row it refers to does with this row ("own")
    name       True for the column that names the row
    secret     True when it never leaves by SQL
    internal   True for bookkeeping that nobody asks about (normalised name keys)
``info`` of a table:
    synonyms   words people use for one of its rows
    asked      the question words that ask for one ("who")
    jointly    words for what links two rows of ``subject`` by a row they share ("works with")
    partners   words for such rows ("co-author")
    verbs      words for the link that an association table stores, said of the row that ``subject`` refers to:
               "made" (the person made the model), "trained on" (the model was trained on the dataset);
               the usual words first: a word that stands early for one link and late for another means the first
    inverse    the same link said the other way round: "used to train" (the dataset was used to train the model)
    subject    the foreign key column whose row is the subject of ``verbs``
    noun       the word for one row and for several, where the table's own name will not do
    shown      columns a listing of its rows shows, where it has no name column of its own
Words are given in one form; other forms of them (plurals, tenses, degrees) are understood as well.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.encrypted import EncryptedBinary, EncryptedText

MEDIA = ("text", "image", "audio", "video")
ARCHITECTURES = ("transformer", "cnn", "rnn")
TRAININGS = ("pretrain", "finetune", "rl")
TASKS = ("classification", "detection", "generation", "segmentation", "regression")
POOLINGS = ("max", "min", "avg", "other")
VISIBILITIES = ("public", "private")

NAME_LENGTH = 190  # utf8mb4 keys of two columns stay below InnoDB's index limit


def utc_now() -> datetime:
    """The current time in UTC without a zone and without microseconds, as the catalogue stores it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def name_key(name: str) -> str:
    """The form in which two names count as the same on every backend: NFKC, case folded, white space folded."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


Moment = sa.DateTime().with_variant(
    sqlite.DATETIME(  # type: ignore[no-untyped-call]
        storage_format="%(year)04d-%(month)02d-%(day)02d %(hour)02d:%(minute)02d:%(second)02d",
        regexp=r"(\d+)-(\d+)-(\d+)(?:[ T](\d+):(\d+):(\d+)(?:\.\d+)?)?",
    ),
    "sqlite",
)
UnsignedBig = sa.BigInteger().with_variant(mysql.BIGINT(unsigned=True), "mysql")
AutoId = sa.Integer()
LongText = sa.Text().with_variant(mysql.LONGTEXT(), "mysql")
LongBinary = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql")
Signature = sa.LargeBinary(512).with_variant(mysql.VARBINARY(512), "mysql")  # also what is sealed to a public key
Mac = sa.LargeBinary(32).with_variant(mysql.VARBINARY(32), "mysql")
Name = sa.String(NAME_LENGTH)
Word = sa.String(16)
Token = sa.String(64)


class Table(DeclarativeBase):
    """Base of all tables; names of constraints are fixed so that migrations can name them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def _one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} in ({listed})", name=column)


def _not_negative(*columns: str) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(f"{column} >= 0", name=column) for column in columns]


def _text(*synonyms: str, **more: Any) -> dict[str, Any]:
    return {"synonyms": synonyms, **more}


MEDIA_WORDS = {
    "text": ("language", "nlp", "textual", "words", "txt"),
    "image": ("picture", "pic", "photo", "img", "vision", "visual", "computer vision"),
    "audio": (
        "sound",
        "speech",
        "music",
        "voice",
        "acoustic",
        "audio clip",
        "sound clip",
        "audio recording",
        "recordings",
    ),
    "video": ("vid", "film", "movie", "clip", "footage", "video clip"),
}
TASK_WORDS = {
    "classification": ("classify", "classifier", "categorisation"),
    "detection": ("detect", "detector", "object detection"),
    "generation": ("generate", "generator", "generative"),
    "segmentation": ("segment",),
    "regression": ("regress", "regressor"),
}
VISIBILITY_WORDS = {"public": ("open", "shared with everyone"), "private": ("confidential", "restricted", "secret")}
VISIBILITY_ORDERS = {"public": ("publish", "unhide"), "private": ("hide", "unpublish")}


def _name_column(*synonyms: str, comment: str, **kwargs: Any) -> Mapped[str]:
    return mapped_column(Name, comment=comment, info=_text(*synonyms, name=True), **kwargs)


def _key_column(**kwargs: Any) -> Mapped[str]:
    return mapped_column(Name, comment="the name, normalised, for uniqueness", info={"internal": True}, **kwargs)


def _size(comment: str, *synonyms: str, **more: Any) -> Mapped[int | None]:
    return mapped_column(sa.Integer, comment=comment, info=_text(*synonyms, **more))


def _ref(target: str, comment: str, *synonyms: str, primary: bool = True, **more: Any) -> Mapped[int]:
    key = sa.ForeignKey(target, ondelete="CASCADE")
    return mapped_column(
        key, primary_key=primary, autoincrement=False, index=True, comment=comment, info=_text(*synonyms, **more)
    )


# --- the catalogue --------------------------------------------------------------------------------


class User(Table):
    __tablename__ = "user"
    __table_args__ = (
        {
            "comment": "a person with an account",
            "info": _text(
                *("people", "person", "ppl", "account", "folk", "guy", "teammate", "human"),
                *("head count", "headcount"),
                asked=("who", "whom"),
                noun=("user", "users"),
            ),
        },
    )
    user_id: Mapped[int] = mapped_column(
        AutoId, primary_key=True, comment="number of the person", info=_text("user id")
    )
    user_name: Mapped[str] = _name_column("name", "login", "account name", comment="name the person signs in with")
    name_key: Mapped[str] = _key_column(unique=True)
    password_hash: Mapped[str | None] = mapped_column(
        sa.String(255), comment="Argon2id hash of the password", info={"secret": True}
    )
    is_admin: Mapped[bool] = mapped_column(
        default=False,
        comment="whether the person administers the hub",
        info=_text(
            *("admin status", "role"),
            positive=("admin", "administrator", "admin rights"),
            orders={True: ("promote",), False: ("demote",)},
        ),
    )
    is_active: Mapped[bool] = mapped_column(
        default=True,
        comment="whether the account may sign in",
        info=_text(
            "active status",
            positive=("active", "enabled"),
            negative=("inactive", "deactivated", "disabled"),
            orders={
                True: ("activate", "reactivate", "enable", "approve", "accept", "unblock", "unlock", "reinstate"),
                False: ("deactivate", "disable", "block", "suspend", "lock", "ban"),
            },
        ),
    )
    created_at: Mapped[datetime] = mapped_column(
        Moment,
        default=utc_now,
        comment="when the account was made",
        info=_text(
            *("joined", "registered", "signed up", "member since", "created", "join date"),
            asked=("when",),
            more=("new", "recent", "late"),
            less=("old", "early"),
        ),
    )


class Affil(Table):
    __tablename__ = "affil"
    __table_args__ = (
        {
            "comment": "an organisation that people belong to",
            "info": _text(
                *("affiliation", "organisation", "institution", "institute", "lab", "laboratory", "company"),
                *("university", "workplace", "place", "org", "firm", "team"),
                asked=("where",),
                noun=("affiliation", "affiliations"),
            ),
        },
    )
    affil_id: Mapped[int] = mapped_column(
        AutoId, primary_key=True, comment="number of the affiliation", info=_text("affiliation id")
    )
    affil_name: Mapped[str] = _name_column("name", "affiliation name", comment="name of the affiliation")
    name_key: Mapped[str] = _key_column(unique=True)


class UserAffil(Table):
    __tablename__ = "user_affil"
    __table_args__ = (
        {
            "comment": "which person belongs to which affiliation",
            "info": _text(
                verbs=(
                    "works at",
                    "works for",
                    "works in",
                    "belongs to",
                    "affiliated with",
                    "affiliated to",
                    "member of",
                    "comes from",
                    *("employed by", "employed at", "based at", "associated with", "part of", "hails from"),
                ),
                inverse=("employs",),
                subject="user_id",
            ),
        },
    )
    user_id: Mapped[int] = _ref(
        "user.user_id", "the person", "member", "employee", "staff", "researcher", "scientist", "colleague", "coworker"
    )
    affil_id: Mapped[int] = _ref("affil.affil_id", "the affiliation", "employer")


class Model(Table):
    __tablename__ = "model"
    __table_args__ = (
        sa.UniqueConstraint("owner_id", "name_key"),
        sa.UniqueConstraint("owner_id", "model_name"),
        _one_of("media_type", MEDIA),
        _one_of("arch_name", ARCHITECTURES),
        _one_of("train_name", TRAININGS),
        _one_of("visibility", VISIBILITIES),
        *_not_negative("param_num"),
        {
            "comment": "a machine-learning model",
            "info": _text("network", "net", "neural network", "checkpoint"),
        },
    )
    model_id: Mapped[int] = mapped_column(
        AutoId, primary_key=True, comment="number of the model", info=_text("model id")
    )
    model_name: Mapped[str] = _name_column("name", "model name", "title", "called", comment="name of the model")
    name_key: Mapped[str] = _key_column(index=True)
    owner_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user.user_id"),
        index=True,
        comment="the person who owns the model and decides who may see it",
        info=_text("owner", verbs=("owns", "possesses", "holds")),
    )
    param_num: Mapped[int | None] = mapped_column(
        UnsignedBig,
        index=True,
        comment="number of parameters",
        info=_text(
            "parameter",
            "params",
            "parameter count",
            "number of parameters",
            "weights",
            "size",
            *("parameter number", "parameter size", "model size", "weight count", "param count", "param number"),
            *("param size", "params count"),
            unit="parameters",
            measure=True,
            more=("big", "large", "huge", "heavy"),
            less=("small", "little", "tiny", "light", "compact"),
        ),
    )
    media_type: Mapped[str] = mapped_column(
        Word,
        index=True,
        comment="kind of media the model works on",
        info=_text("media", "media type", "medium", "modality", "domain", values=MEDIA_WORDS),
    )
    arch_name: Mapped[str] = mapped_column(
        Word,
        index=True,
        comment="architecture of the model",
        info=_text(
            "architecture",
            "arch",
            "kind of network",
            values={
                "transformer": ("attention model",),
                "cnn": ("convolutional", "convnet", "convolutional neural network", "conv net"),
                "rnn": ("recurrent", "recurrent neural network", "lstm", "gru"),
            },
        ),
    )
    train_name: Mapped[str] = mapped_column(
        Word,
        index=True,
        comment="how the model was trained",
        info=_text(
            "training",
            "training type",
            "training regime",
            "kind of training",
            "way of training",
            "train type",
            "training method",
            asked=("how",),
            values={
                "pretrain": ("pretrained", "pre-trained", "pre-train", "pretraining"),
                "finetune": ("finetuned", "fine-tuned", "fine-tune", "fine tuned", "finetuning", "tuned"),
                "rl": ("reinforcement learning", "reinforcement", "rlhf", "human feedback"),
            },
        ),
    )
    param: Mapped[bytes | None] = mapped_column(
        EncryptedBinary("model.param"), comment="parameter manifest, encrypted", info={"secret": True}
    )
    description: Mapped[str | None] = mapped_column(
        sa.Text, comment="what the model is, in a sentence or two", info=_text("description", "about", "summary")
    )
    created_at: Mapped[datetime] = mapped_column(
        Moment,
        default=utc_now,
        index=True,
        comment="when the model was made or registered",
        info=_text(
            "created",
            "made",
            "released",
            "published",
            "added",
            "came out",
            *(
                "date",
                "creation",
                "creation date",
                "release date",
                "date of creation",
                "date created",
                "created date",
                "creation time",
                *(
                    "came out on",
                    "came in",
                    "arrived",
                    "launched",
                    "launch date",
                    "publication date",
                    "introduced",
                    "appeared",
                    "dated",
                ),
            ),
            asked=("when",),
            more=("new", "recent", "late"),
            less=("old", "early"),
        ),
    )
    visibility: Mapped[str] = mapped_column(
        Word,
        default="public",
        comment="who may see it: everyone, or chosen people",
        info=_text("visibility", "access", values=VISIBILITY_WORDS, orders=VISIBILITY_ORDERS),
    )


class ModelTask(Table):
    __tablename__ = "model_task"
    __table_args__ = (
        _one_of("task_name", TASKS),
        {
            "comment": "the tasks a model is for",
            "info": _text(
                verbs=(
                    *(
                        "for",
                        "does",
                        "used for",
                        "able to",
                        "performs",
                        "handles",
                        "suitable for",
                        "good for",
                        "good at",
                    ),
                    *("intended for", "meant for", "made for", "built for", "designed for", "capable of", "suited to"),
                    *("suited for", "applied to", "tackles", "aimed at", "fit for", "deals with", "processes"),
                ),
                subject="model_id",
            ),
        },
    )
    model_id: Mapped[int] = _ref("model.model_id", "the model")
    task_name: Mapped[str] = mapped_column(
        Word, primary_key=True, index=True, comment="task", info=_text("task", "purpose", values=TASK_WORDS)
    )


class Transformer(Table):
    __tablename__ = "transformer"
    __table_args__ = (
        *_not_negative("decoder_num", "attn_size", "up_size", "down_size", "embed_size"),
        {"comment": "the shape of a transformer model", "info": _text()},
    )
    model_id: Mapped[int] = _ref("model.model_id", "the model")
    decoder_num: Mapped[int | None] = _size(
        "number of transformer blocks",
        "decoder",
        "decoders",
        "decoder count",
        "number of decoders",
        "blocks",
        "layers",
        "decoder block",
        "decoder layer",
        "transformer block",
        "transformer layer",
        *("depth", "layer count", "block count"),
        unit="decoders",
        more=("deep",),
        less=("shallow",),
    )
    attn_size: Mapped[int | None] = _size(
        "width of one attention head",
        *(
            "attention size",
            "head size",
            "attention width",
            "attention head size",
            "head width",
            "head dimension",
            "attn",
            "heads",
            *("attn size", "attention dimension", "attention dim", "head dim", "attention head width"),
            *("attention head dimension", "attention head dim", "size of attention heads", "attention"),
        ),
    )
    up_size: Mapped[int | None] = _size(
        "width after the feed-forward up projection",
        *("up size", "up projection", "feed-forward size", "ffn size", "up-projection size", "up projection size"),
        *("up width", "up-projection width", "up proj", "feed-forward width", "feedforward size", "feedforward width"),
        *("ffn width", "mlp width", "mlp size", "intermediate size", "feed-forward dimension", "ffn dimension"),
    )
    down_size: Mapped[int | None] = _size(
        "width after the feed-forward down projection",
        *("down size", "down projection", "down-projection size", "down projection size", "down width"),
        *("down-projection width", "down proj"),
    )
    embed_size: Mapped[int | None] = _size(
        "width of the embedding",
        "embedding",
        "embed size",
        "embedding size",
        "embedding width",
        "embedding dimension",
        "embedding dim",
        "embed dim",
        "model dimension",
        "hidden size",
        *("embed width", "embed dimension", "embedding length", "hidden dimension", "hidden width", "d_model"),
        more=("wide",),
        less=("narrow",),
    )


class Cnn(Table):
    __tablename__ = "cnn"
    __table_args__ = (
        *_not_negative("module_num"),
        {"comment": "the shape of a convolutional model", "info": _text("convolutional network", "convnet")},
    )
    model_id: Mapped[int] = _ref("model.model_id", "the model")
    module_num: Mapped[int | None] = _size(
        "number of modules",
        "module count",
        "number of modules",
        "modules",
        unit="modules",
        more=("deep",),
        less=("shallow",),
    )


class Module(Table):
    __tablename__ = "module"
    __table_args__ = (
        _one_of("pool_type", POOLINGS),
        *_not_negative("conv_size"),
        {
            "comment": "one module of a convolutional model",
            "info": _text("stage", "convolution", "conv layer", shown=("conv_size", "pool_type")),
        },
    )
    id: Mapped[int] = mapped_column(AutoId, primary_key=True, comment="number of the module", info=_text("module id"))
    model_id: Mapped[int] = _ref("cnn.model_id", "the convolutional model", primary=False)
    conv_size: Mapped[int | None] = _size(
        "kernel size of its convolution",
        *("kernel", "kernel size", "convolution size", "conv size", "filter size", "kernel width", "conv kernel"),
        measure=True,
        more=("big", "large", "wide"),
        less=("small", "tiny", "narrow"),
    )
    pool_type: Mapped[str | None] = mapped_column(
        Word,
        comment="pooling after it",
        info=_text(
            "pooling",
            "pool",
            "pool type",
            "pooling type",
            *("pooling method", "pooling kind", "pooling layer", "pool layer"),
            values={
                "max": ("max pooling", "maximum pooling", "max-pooling", "max pool"),
                "min": ("min pooling", "minimum pooling", "min-pooling", "min pool"),
                "avg": (
                    "average pooling",
                    "avg pooling",
                    "mean pooling",
                    "average-pooling",
                    "avg pool",
                    "average pool",
                ),
                "other": ("other pooling", "no pooling"),
            },
        ),
    )


class Rnn(Table):
    __tablename__ = "rnn"
    __table_args__ = (
        *_not_negative("batch_size", "input_size"),
        {
            "comment": "the shape of a recurrent model",
            "info": _text("recurrent network", "recurrent neural network"),
        },
    )
    model_id: Mapped[int] = _ref("model.model_id", "the model")
    criteria: Mapped[str | None] = mapped_column(
        Name,
        index=True,
        comment="training loss",
        info=_text(
            *("criterion", "criteria", "loss", "loss function", "training loss", "objective", "cost function"),
            *("training objective", "training criterion"),
        ),
    )
    batch_size: Mapped[int | None] = _size(
        "batch size in training", "batch", "batch size", "batchsize", "training batch size"
    )
    input_size: Mapped[int | None] = _size(
        "width of the input", "input", "input size", "input width", "input dimension", "input dim"
    )


class Dataset(Table):
    __tablename__ = "dataset"
    __table_args__ = (
        sa.UniqueConstraint("owner_id", "name_key"),
        sa.UniqueConstraint("owner_id", "ds_name"),
        _one_of("media", MEDIA),
        _one_of("visibility", VISIBILITIES),
        *_not_negative("ds_size"),
        {"comment": "a data set", "info": _text("data set", "data", "corpus", "ds")},
    )
    ds_id: Mapped[int] = mapped_column(
        AutoId, primary_key=True, comment="number of the dataset", info=_text("dataset id")
    )
    ds_name: Mapped[str] = _name_column("name", "dataset name", "title", "called", comment="name of the dataset")
    name_key: Mapped[str] = _key_column(index=True)
    owner_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user.user_id"),
        index=True,
        comment="the person who owns the dataset and decides who may see it",
        info=_text("owner", verbs=("owns", "possesses", "holds", "responsible for")),
    )
    ds_size: Mapped[int | None] = mapped_column(
        sa.BigInteger,
        index=True,
        comment="number of rows",
        info=_text(
            "rows",
            "size",
            "row count",
            "number of rows",
            "examples",
            "samples",
            "instances",
            "observations",
            "data points",
            "records",
            "entries",
            *("datapoints", "items", "lines", "sample count", "row number"),
            unit="rows",
            measure=True,
            more=("big", "large", "huge", "long"),
            less=("small", "little", "tiny", "short"),
        ),
    )
    media: Mapped[str] = mapped_column(
        Word,
        index=True,
        comment="kind of media in the dataset",
        info=_text("media", "media type", "medium", "modality", "domain", values=MEDIA_WORDS),
    )
    created_at: Mapped[datetime] = mapped_column(
        Moment,
        default=utc_now,
        index=True,
        comment="when the dataset was made or registered",
        info=_text(
            "created",
            "made",
            "released",
            "published",
            "added",
            "came out",
            *(
                "date",
                "creation",
                "creation date",
                "release date",
                "date of creation",
                "date created",
                "created date",
                "creation time",
                *("came out on", "launched", "launch date", "publication date", "introduced", "appeared", "dated"),
            ),
            asked=("when",),
            more=("new", "recent", "late"),
            less=("old", "early"),
        ),
    )
    description: Mapped[str | None] = mapped_column(
        sa.Text, comment="what the dataset holds, in a sentence or two", info=_text("description", "about", "summary")
    )
    visibility: Mapped[str] = mapped_column(
        Word,
        default="public",
        comment="who may see it: everyone, or chosen people",
        info=_text("visibility", "access", values=VISIBILITY_WORDS, orders=VISIBILITY_ORDERS),
    )


class DatasetTask(Table):
    __tablename__ = "dataset_task"
    __table_args__ = (
        _one_of("task", TASKS),
        {
            "comment": "the tasks a dataset is for",
            "info": _text(
                verbs=(
                    *(
                        "for",
                        "used for",
                        "meant for",
                        "suitable for",
                        "good for",
                        "intended for",
                        "made for",
                        "built for",
                    ),
                    *(
                        "designed for",
                        "suited to",
                        "suited for",
                        "supports",
                        "aimed at",
                        "usable for",
                        "fit for",
                        "deals with",
                    ),
                ),
                subject="ds_id",
            ),
        },
    )
    ds_id: Mapped[int] = _ref("dataset.ds_id", "the dataset")
    task: Mapped[str] = mapped_column(
        Word, primary_key=True, index=True, comment="task", info=_text("task", "purpose", values=TASK_WORDS)
    )


class DsCol(Table):
    __tablename__ = "ds_col"
    __table_args__ = (
        {
            "comment": "a column of a dataset",
            "info": _text(
                "column",
                "col",
                "field",
                "feature",
                "attribute",
                noun=("column", "columns"),
                shown=("col_name", "col_datatype"),
            ),
        },
    )
    ds_id: Mapped[int] = _ref("dataset.ds_id", "the dataset")
    col_name: Mapped[str] = mapped_column(
        Name,
        primary_key=True,
        index=True,
        comment="name of the column",
        info=_text("column name", "field name", name=True),
    )
    col_datatype: Mapped[str] = mapped_column(
        Name,
        primary_key=True,
        index=True,
        comment="data type of the column",
        info=_text("data type", "datatype", "column type", "type", "dtype"),
    )


class UserDataset(Table):
    __tablename__ = "user_dataset"
    __table_args__ = (
        {
            "comment": "who published which dataset (credits)",
            "info": _text(
                verbs=(
                    *("published", "made", "created", "released", "contributed", "built", "uploaded", "put out"),
                    *("collected", "compiled", "curated", "gathered", "assembled", "put together"),
                    *("issued", "provided", "put up", "posted", "donated", "authored", "wrote", "brought in", "behind"),
                ),
                subject="user_id",
            ),
        },
    )
    user_id: Mapped[int] = _ref("user.user_id", "the person", "publisher", "creator", "contributor")
    ds_id: Mapped[int] = _ref("dataset.ds_id", "the dataset")


class ModelAuthor(Table):
    __tablename__ = "model_author"
    __table_args__ = (
        {
            "comment": "who made which model (credits)",
            "info": _text(
                verbs=(
                    *("made", "built", "created", "wrote", "released", "authored", "developed", "designed", "trained"),
                    *("published", "contributed", "produced", "co-authored", "worked on", "put out", "coded"),
                    *("had a hand in", "contributed to", "came up with", "involved in", "responsible for", "behind"),
                    *("co-wrote", "co-created", "co-developed", "co-built", "co-made", "implemented", "engineered"),
                    *("invented", "credited with", "credited for", "credited on", "put up"),
                ),
                jointly=(
                    *("works with", "works together with", "collaborates with", "collaborated with", "worked with"),
                    *("co-authored with", "coauthored with", "co-wrote with", "teamed up with", "cooperates with"),
                    *("works alongside", "made models with", "wrote models with", "published with"),
                ),
                partners=("co-author", "coauthor", "collaborator", "co-developer", "co-creator"),
                subject="user_id",
            ),
        },
    )
    model_id: Mapped[int] = _ref("model.model_id", "the model")
    user_id: Mapped[int] = _ref("user.user_id", "the author", "author", "creator", "developer", "maker")


class ModelDataset(Table):
    __tablename__ = "model_dataset"
    __table_args__ = (
        {
            "comment": "which model was trained on which dataset",
            "info": _text(
                verbs=(
                    *("trained on", "trained with", "trained using", "uses", "learned from", "learns from"),
                    *("fed with", "relied on", "relies on", "based on", "trained from", "draws on", "consumes"),
                ),
                inverse=(
                    *("used to train", "used for training", "used in training", "trains", "went into", "behind"),
                    *("fed into", "feeds", "feeds into"),
                ),
                subject="model_id",
            ),
        },
    )
    model_id: Mapped[int] = _ref("model.model_id", "the model")
    ds_id: Mapped[int] = _ref("dataset.ds_id", "the dataset", "training dataset", "training data", "training set")


CATALOGUE: tuple[sa.Table, ...] = tuple(
    Table.metadata.tables[name]
    for name in (
        *("model", "model_task", "transformer", "cnn", "module", "rnn", "dataset", "dataset_task", "ds_col"),
        *("user", "affil", "user_affil", "user_dataset", "model_author", "model_dataset"),
    )
)
"""The tables that people may ask about; nothing else can be named in SQL."""


# --- beside the catalogue: nobody can name these in SQL -------------------------------------------


class NameToken(Table):
    """The words of every name in the catalogue, for looking names up in a question through an index."""

    __tablename__ = "name_token"
    __table_args__ = (sa.Index("ix_name_token_owner", "table_name", "row_id"),)
    table_name: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token: Mapped[str] = mapped_column(Name, primary_key=True, index=True)


class ItemGrant(Table):
    """A person who was let in on somebody's private model or dataset."""

    __tablename__ = "item_grant"
    __table_args__ = (
        sa.CheckConstraint("(model_id is null) <> (ds_id is null)", name="one_item"),
        _one_of("permission", ("view", "download")),
        sa.UniqueConstraint("user_id", "model_id"),
        sa.UniqueConstraint("user_id", "ds_id"),
    )
    grant_id: Mapped[int] = mapped_column(AutoId, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.user_id", ondelete="CASCADE"), index=True)
    model_id: Mapped[int | None] = mapped_column(sa.ForeignKey("model.model_id", ondelete="CASCADE"), index=True)
    ds_id: Mapped[int | None] = mapped_column(sa.ForeignKey("dataset.ds_id", ondelete="CASCADE"), index=True)
    permission: Mapped[str] = mapped_column(Word)
    granted_by: Mapped[int] = mapped_column(sa.ForeignKey("user.user_id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int | None] = mapped_column(comment="the only version it is for; none: all, later ones too")
    epoch: Mapped[int | None] = mapped_column(comment="the item's epoch that the signature is for")
    invitation_id: Mapped[str | None] = mapped_column(Token, comment="the invitation it came from")
    key_id: Mapped[str | None] = mapped_column(Token, comment="the person's encryption key that it is for")
    signed_by: Mapped[str | None] = mapped_column(Token, comment="the owner's signing key")
    signature: Mapped[bytes | None] = mapped_column(Signature, comment="the owner's, over what the grant says")


class Trash(Table):
    """A deleted model or dataset, with every row that belonged to it: out of every table that anything reads.

    ``last_model`` and ``last_dataset`` are the highest numbers there were when it was deleted. No later item gets a
    number up to these, so that a link kept here can never come to mean another item.
    """

    __tablename__ = "trash"
    __table_args__ = (_one_of("kind", ("model", "dataset")), sa.Index("ix_trash_item", "kind", "item_id"))
    trash_id: Mapped[int] = mapped_column(AutoId, primary_key=True)
    kind: Mapped[str] = mapped_column(Word)
    item_id: Mapped[int]
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("user.user_id", ondelete="CASCADE"), index=True)
    item_name: Mapped[str] = mapped_column(Name)
    name_key: Mapped[str] = mapped_column(Name)
    deleted_at: Mapped[datetime] = mapped_column(Moment, default=utc_now, index=True)
    last_model: Mapped[int]
    last_dataset: Mapped[int]
    kept: Mapped[str] = mapped_column(LongText, comment="JSON: the rows of each table")


# --- artifacts: files, who may open them, and the keys for that -----------------------------------


class PersonKey(Table):
    """A person's key pair, its private half wrapped under their password, its public half signed by the hub.

    A person has one of each purpose that is not retired. The row of somebody who is removed stays, without the private
    half: what they signed can still be verified.
    """

    __tablename__ = "person_key"
    __table_args__ = (_one_of("purpose", ("encryption", "signing")),)
    key_id: Mapped[str] = mapped_column(Token, primary_key=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.user_id", ondelete="SET NULL"), index=True)
    purpose: Mapped[str] = mapped_column(Word)
    public_pem: Mapped[str] = mapped_column(sa.Text)
    wrapped_private: Mapped[bytes | None] = mapped_column(LongBinary)
    salt: Mapped[bytes] = mapped_column(Mac, comment="of the key derived from the password")
    statement: Mapped[str] = mapped_column(sa.Text, comment="JSON: what the hub signed: whose key this is")
    certificate: Mapped[bytes] = mapped_column(Signature, comment="the hub's signature of the statement")
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)


def _item_columns() -> tuple[sa.CheckConstraint, ...]:
    return (sa.CheckConstraint("(model_id is null) <> (ds_id is null)", name="one_item"),)


def _item_key(target: str, **kwargs: Any) -> Mapped[int | None]:
    return mapped_column(sa.ForeignKey(target, ondelete="CASCADE"), index=True, **kwargs)


class Artifact(Table):
    """One version of the file of a model or dataset; the file itself is a sealed blob in the storage.

    The owner who published it signed what the row says, and the hub's MAC says that the signer was the owner then.
    """

    __tablename__ = "artifact"
    __table_args__ = (
        *_item_columns(),
        sa.UniqueConstraint("model_id", "version"),
        sa.UniqueConstraint("ds_id", "version"),
        *_not_negative("size"),
    )
    blob_id: Mapped[str] = mapped_column(Token, primary_key=True)
    model_id: Mapped[int | None] = _item_key("model.model_id")
    ds_id: Mapped[int | None] = _item_key("dataset.ds_id")
    version: Mapped[int]
    epoch: Mapped[int]
    file_name: Mapped[str] = mapped_column(sa.String(255))
    media_type: Mapped[str] = mapped_column(sa.String(127), comment="MIME type")
    format: Mapped[str] = mapped_column(sa.String(32), comment="what the file turned out to be; empty: unknown")
    warning: Mapped[str] = mapped_column(sa.String(255), comment="label that is shown with it, or empty")
    size: Mapped[int] = mapped_column(UnsignedBig, comment="bytes of plaintext")
    sha256: Mapped[str] = mapped_column(Token, comment="of the plaintext")
    signed_by: Mapped[str] = mapped_column(Token, comment="key_id of the owner's signing key")
    signature: Mapped[bytes] = mapped_column(Signature)
    mac: Mapped[bytes] = mapped_column(Mac)
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now, index=True)


class KeyWrap(Table):
    """The data key of a blob, sealed to one public key: a person's, the hub's (public items), or recovery's."""

    __tablename__ = "key_wrap"
    blob_id: Mapped[str] = mapped_column(Token, sa.ForeignKey("artifact.blob_id", ondelete="CASCADE"), primary_key=True)
    key_id: Mapped[str] = mapped_column(Token, primary_key=True, index=True)
    sealed_key: Mapped[bytes] = mapped_column(Signature)


class ItemEpoch(Table):
    """How often access to an item was taken from somebody; no row means never. Grants and versions name theirs."""

    __tablename__ = "item_epoch"
    __table_args__ = _item_columns()
    id: Mapped[int] = mapped_column(AutoId, primary_key=True)
    model_id: Mapped[int | None] = mapped_column(sa.ForeignKey("model.model_id", ondelete="CASCADE"), unique=True)
    ds_id: Mapped[int | None] = mapped_column(sa.ForeignKey("dataset.ds_id", ondelete="CASCADE"), unique=True)
    epoch: Mapped[int]
    mac: Mapped[bytes] = mapped_column(Mac)


class Invitation(Table):
    """An owner's offer to let a person in on an item, signed by the owner; accepting it makes the grant."""

    __tablename__ = "invitation"
    __table_args__ = (
        *_item_columns(),
        _one_of("permission", ("view", "download")),
        _one_of("state", ("open", "accepted", "declined", "revoked")),
    )
    invitation_id: Mapped[str] = mapped_column(Token, primary_key=True)
    model_id: Mapped[int | None] = _item_key("model.model_id")
    ds_id: Mapped[int | None] = _item_key("dataset.ds_id")
    inviter_id: Mapped[int] = mapped_column(sa.ForeignKey("user.user_id", ondelete="CASCADE"), index=True)
    invitee_id: Mapped[int] = mapped_column(sa.ForeignKey("user.user_id", ondelete="CASCADE"), index=True)
    permission: Mapped[str] = mapped_column(Word)
    version: Mapped[int | None] = mapped_column(comment="the only version it is for; none: all, later ones too")
    epoch: Mapped[int]
    note: Mapped[str | None] = mapped_column(EncryptedText("invitation.note"))
    expires_at: Mapped[datetime | None] = mapped_column(Moment, comment="when it ends, and what it lets in to")
    key_id: Mapped[str] = mapped_column(Token, comment="the invitee's encryption key that it is for")
    signed_by: Mapped[str] = mapped_column(Token, comment="the owner's signing key")
    signature: Mapped[bytes] = mapped_column(Signature, comment="the owner's, over what the invitation says")
    grant_signature: Mapped[bytes] = mapped_column(Signature, comment="the owner's, over the grant it becomes")
    state: Mapped[str] = mapped_column(Word, default="open")
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)


class InvitationWrap(Table):
    """The data key of a version that an invitation is for, sealed to the invitee; accepting makes it a key wrap."""

    __tablename__ = "invitation_wrap"
    invitation_id: Mapped[str] = mapped_column(
        Token, sa.ForeignKey("invitation.invitation_id", ondelete="CASCADE"), primary_key=True
    )
    blob_id: Mapped[str] = mapped_column(
        Token, sa.ForeignKey("artifact.blob_id", ondelete="CASCADE"), primary_key=True, index=True
    )
    sealed_key: Mapped[bytes] = mapped_column(Signature)


class StagedFile(Table):
    """A file that a person is uploading or has uploaded and not published yet; sealed like any other from its start."""

    __tablename__ = "staged_file"
    blob_id: Mapped[str] = mapped_column(Token, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.user_id", ondelete="CASCADE"), index=True)
    file_name: Mapped[str] = mapped_column(EncryptedText("staged_file.file_name"))
    key_id: Mapped[str] = mapped_column(Token, comment="the uploader's encryption key")
    sealed_key: Mapped[bytes] = mapped_column(Signature)
    sealed_facts: Mapped[bytes | None] = mapped_column(
        LongBinary, comment="size and digests, under the hub's key; none while the upload is under way"
    )
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class PersonPermission(Table):
    """A single permission granted to (allowed) or taken from (not allowed) one person, beside their role."""

    __tablename__ = "person_permission"
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user.user_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    permission: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    allowed: Mapped[bool]


class Account(Table):
    """What an account waits for before it can be used fully."""

    __tablename__ = "account"
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user.user_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    awaits_approval: Mapped[bool] = mapped_column(default=False)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    demo_password: Mapped[bool] = mapped_column(default=False)


class WebSession(Table):
    """One signed-in browser. The row decides, not the cookie: ended or expired rows open nothing."""

    __tablename__ = "web_session"
    session_id: Mapped[str] = mapped_column(Token, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.user_id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_why: Mapped[str] = mapped_column(Token, default="")
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    browser: Mapped[str] = mapped_column(sa.String(255), default="")
    keys_box: Mapped[bytes | None] = mapped_column(
        LongBinary, comment="the person's private keys, sealed under what only the browser's cookie holds"
    )
    public_key: Mapped[bytes | None] = mapped_column(LongBinary, comment="the browser's, bound once: a point on P-256")
    proved_at: Mapped[datetime | None] = mapped_column(Moment)


class SessionChallenge(Table):
    """A number that a session's browser is to sign; it can be answered once, and for a minute."""

    __tablename__ = "session_challenge"
    nonce_hash: Mapped[str] = mapped_column(Token, primary_key=True)
    session_id: Mapped[str] = mapped_column(sa.ForeignKey("web_session.session_id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class Plan(Table):
    """A change that was proposed to a person and waits for its button, or what became of it."""

    __tablename__ = "plan"
    __table_args__ = (_one_of("state", ("open", "done", "cancelled", "stale")),)
    plan_ref: Mapped[str] = mapped_column(Token, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.user_id", ondelete="CASCADE"), index=True)
    session_id: Mapped[str] = mapped_column(Token)
    planned: Mapped[str] = mapped_column(Token)
    arguments: Mapped[bytes | None] = mapped_column(LongBinary, comment="sealed; gone once the plan is settled")
    fingerprint: Mapped[str] = mapped_column(Token)
    state: Mapped[str] = mapped_column(Word, default="open")
    said: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class HubKey(Table):
    """The hub's own key pairs, private halves wrapped under a key derived from the master key.

    Of the recovery key the hub has the public half alone. ``mac`` is made under the master key over the public half.
    """

    __tablename__ = "hub_key"
    purpose: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    public_pem: Mapped[str] = mapped_column(sa.Text)
    wrapped_private: Mapped[bytes | None] = mapped_column(LongBinary)
    mac: Mapped[bytes | None] = mapped_column(Mac)
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)


class AuditLog(Table):
    """One row for every action, chained by MACs; only ever appended to."""

    __tablename__ = "audit_log"
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    at_us: Mapped[int] = mapped_column(sa.BigInteger, index=True, comment="microseconds since 1970, UTC")
    actor_id: Mapped[int | None] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(Name)
    on_behalf_of: Mapped[str | None] = mapped_column(Name)
    session_id: Mapped[str | None] = mapped_column(Token)
    action: Mapped[str] = mapped_column(sa.String(64), index=True)
    object_type: Mapped[str | None] = mapped_column(sa.String(32))
    object_id: Mapped[str | None] = mapped_column(sa.String(NAME_LENGTH))
    outcome: Mapped[str] = mapped_column(Word)
    detail: Mapped[str] = mapped_column(LongText, comment="JSON")
    mac: Mapped[bytes] = mapped_column(Mac)


class AuditHead(Table):
    """The end of the audit chain: one row, locked and rewritten by every append."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    mac: Mapped[bytes] = mapped_column(Mac)


class ChatThread(Table):
    """A conversation in the sidebar."""

    __tablename__ = "chat_thread"
    thread_id: Mapped[str] = mapped_column(Token, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.user_id", ondelete="CASCADE"), index=True)
    title: Mapped[str | None] = mapped_column(EncryptedText("chat_thread.title"))
    meta: Mapped[str | None] = mapped_column(EncryptedText("chat_thread.meta"))
    tags: Mapped[str | None] = mapped_column(EncryptedText("chat_thread.tags"))
    created_at: Mapped[str] = mapped_column(sa.String(32))
    updated_at: Mapped[str] = mapped_column(sa.String(32), index=True)


class ChatStep(Table):
    """A message or tool step of a conversation, as the chat shows it."""

    __tablename__ = "chat_step"
    step_id: Mapped[str] = mapped_column(Token, primary_key=True)
    thread_id: Mapped[str] = mapped_column(
        Token, sa.ForeignKey("chat_thread.thread_id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[str] = mapped_column(sa.String(32))
    position: Mapped[int] = mapped_column(sa.BigInteger, comment="order of arrival in the thread")
    search: Mapped[str] = mapped_column(EncryptedText("chat_step.search"))
    data: Mapped[str] = mapped_column(EncryptedText("chat_step.data"))


class ChatElement(Table):
    """A table, figure or file shown in a conversation."""

    __tablename__ = "chat_element"
    element_id: Mapped[str] = mapped_column(Token, primary_key=True)
    thread_id: Mapped[str] = mapped_column(
        Token, sa.ForeignKey("chat_thread.thread_id", ondelete="CASCADE"), index=True
    )
    step_id: Mapped[str | None] = mapped_column(Token, index=True)
    data: Mapped[str] = mapped_column(EncryptedText("chat_element.data"))
    content: Mapped[bytes | None] = mapped_column(EncryptedBinary("chat_element.content"))


class ChatFeedback(Table):
    """Thumbs up or down on an answer."""

    __tablename__ = "chat_feedback"
    feedback_id: Mapped[str] = mapped_column(Token, primary_key=True)
    step_id: Mapped[str] = mapped_column(Token, sa.ForeignKey("chat_step.step_id", ondelete="CASCADE"), index=True)
    value: Mapped[int]
    comment: Mapped[str | None] = mapped_column(EncryptedText("chat_feedback.comment"))


# Text compares byte by byte on every backend, so that SQLite and MySQL/MariaDB agree on which names are the same.
for _table in Table.metadata.tables.values():
    _table.dialect_options["mysql"].update(engine="InnoDB", default_charset="utf8mb4", collate="utf8mb4_bin")
