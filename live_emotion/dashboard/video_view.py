"""The picture with the faces found in it."""

from __future__ import annotations

from typing import cast

from PyQt6.QtCore import QMargins, QPointF, QRect, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QFont,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PyQt6.QtWidgets import QSizePolicy, QWidget

from live_emotion.core.percepts import Face
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.newest import Picture

_RGB = QImage.Format.Format_RGB888
_GROUND = QColor("#000000")
_OUTLINE = QColor(0, 0, 0, 190)
_MAIN = QColor("#ffffff")
_OTHER = QColor("#c8ccd2")
_WRAPPED = Qt.AlignmentFlag.AlignCenter.value | Qt.TextFlag.TextWordWrap.value
_EDGE = QMargins(24, 12, 24, 12)


class VideoView(QWidget):
    """Shows a `Picture` as large as fits, with a box and an id for each face.

    The main face has a thick solid box, the others a thin dashed one. Lines are white on a dark
    edge, so that they stand out from any picture. A click on a face, or beside all of them, is
    told with the face's number or None.
    """

    clicked = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Video"))
        self.setMinimumSize(320, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._picture: Picture | None = None
        self._image = QImage()
        self._main_id: int | None = None
        self._empty_text = ""
        self._mirror = False
        self._landmarks = False

    @property
    def mirror(self) -> bool:
        """Whether the picture is shown as in a mirror."""
        return self._mirror

    @property
    def landmarks(self) -> bool:
        """Whether the points of the faces are shown."""
        return self._landmarks

    def set_mirror(self, mirror: bool) -> None:
        """Show the picture as in a mirror, or as it is; scores are of the picture as it is."""
        self._mirror = mirror
        self.update()

    def set_landmarks(self, landmarks: bool) -> None:
        """Show the five points of each face, or not."""
        self._landmarks = landmarks
        self.update()

    def clear(self) -> None:
        """Show no picture any more."""
        if self._picture is None:
            return
        self._picture = None
        self.setAccessibleDescription(self._empty_text)
        self.update()

    def set_empty_text(self, text: str) -> None:
        """Set what stands there while there is no picture."""
        if text != self._empty_text:
            self._empty_text = text
            if self._picture is None:
                self.setAccessibleDescription(text)
            self.update()

    def empty_text_rect(self) -> QRect:
        """Return where the text lies that stands there without a picture, in logical pixels."""
        room = self.rect().marginsRemoved(_EDGE)
        return self.fontMetrics().boundingRect(room, _WRAPPED, self._empty_text)

    def show_picture(self, picture: Picture, main_id: int | None) -> None:
        """Show a picture; `main_id` is the face whose scores are shown, or None."""
        self._picture, self._main_id = picture, main_id
        height, width = picture.image.shape[:2]
        # The picture is kept, so its memory outlives the QImage that looks at it.
        self._image = QImage(cast("bytes", picture.image.data), width, height, 3 * width, _RGB)
        ids = ", ".join(str(face.id) for face in picture.faces)
        self.setAccessibleDescription(tr("faces: {}").format(ids) if ids else "")
        self.update()

    def device_size(self) -> tuple[int, int]:
        """Return the size of the view in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def picture_rect(self) -> QRectF:
        """Return where the picture lies in the view, in logical pixels."""
        width, height = self._image.width(), self._image.height()
        scale = min(self.width() / width, self.height() / height)
        w, h = width * scale, height * scale
        return QRectF((self.width() - w) / 2, (self.height() - h) / 2, w, h)

    def face_at(self, place: QPointF) -> int | None:
        """Return whose box a place in the view lies in, None for nobody's; the smallest counts."""
        if self._picture is None:
            return None
        target = self.picture_rect()
        scale = target.width() / self._image.width() * self._picture.scale
        hit = [
            face
            for face in self._picture.faces
            if self._box(face, target, scale).adjusted(-4, -4, 4, 4).contains(place)
        ]
        return min(hit, key=lambda face: face.box[2] * face.box[3]).id if hit else None

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Tell of a click on a face, or beside all of them."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.face_at(event.position()))

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Paint the picture, then the boxes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(self.rect()), 8, 8)
        painter.setClipPath(clip)
        painter.fillRect(self.rect(), _GROUND)
        if self._picture is None:
            painter.setPen(_OTHER)
            painter.drawText(self.rect().marginsRemoved(_EDGE), _WRAPPED, self._empty_text)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        target = self.picture_rect()
        painter.save()
        if self._mirror:
            painter.translate(target.left() + target.right(), 0.0)
            painter.scale(-1.0, 1.0)
        painter.drawImage(target, self._image)
        painter.restore()
        to_view = target.width() / self._image.width() * self._picture.scale
        for face in self._picture.faces:
            self._paint_face(painter, face, target, to_view)

    def _box(self, face: Face, target: QRectF, scale: float) -> QRectF:
        x, y, w, h = (value * scale for value in face.box)
        left = target.right() - x - w if self._mirror else target.left() + x
        return QRectF(left, target.top() + y, w, h)

    def _paint_face(self, painter: QPainter, face: Face, target: QRectF, scale: float) -> None:
        box = self._box(face, target, scale)
        is_main = face.id == self._main_id
        colour, width = (_MAIN, 2.5) if is_main else (_OTHER, 1.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_OUTLINE, width + 2.5))
        painter.drawRoundedRect(box, 4, 4)
        style = Qt.PenStyle.SolidLine if is_main else Qt.PenStyle.DashLine
        painter.setPen(QPen(colour, width, style))
        painter.drawRoundedRect(box, 4, 4)

        if self._landmarks:
            painter.setPen(QPen(_OUTLINE, 1.5))
            painter.setBrush(colour)
            for px, py in face.landmarks * scale:
                across = target.right() - px if self._mirror else target.left() + px
                painter.drawEllipse(QPointF(across, target.top() + py), 3.5, 3.5)

        font = QFont(self.font())
        font.setBold(is_main)
        painter.setFont(font)
        text = str(face.id)
        metrics = painter.fontMetrics()
        tag = QRectF(0, 0, metrics.horizontalAdvance(text) + 14, metrics.height() + 2)
        tag.moveBottomLeft(box.topLeft() - QPointF(0, 3))
        if tag.top() < 0:
            tag.moveTopLeft(box.topLeft() + QPointF(4, 4))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_OUTLINE)
        painter.drawRoundedRect(tag, 4, 4)
        painter.setPen(colour)
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)
